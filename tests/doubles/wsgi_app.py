"""A WSGI application that shows what the server around it does; it needs nothing but a folder.

`SERVED_STATE` names the folder: each request to `/hold` or `/noticed/MS` leaves a byte in `held`; the former
waits for `release` to appear there. A request to `/accepted` is answered at once; its work is done by
`close`, which leaves a byte in `delivered` for each. `SERVED_WAITING` says how a request waits in the server.
As a Kafka client does, the application has a native thread of its own, which ends the waits.
"""

import os
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from system.concurrency import pause, start_thread
from system.endpoint.waiting.kinds import WAITING, Waiter, WaitingKind

HOLD_AT_MOST_S = 30.0


class Shown:
    """Answers each path with a number that tells something of the server."""

    def __init__(self, state: Path, waiting: WaitingKind) -> None:
        self.state = state
        self.waiting = waiting
        self.waits: list[tuple[Callable[[], bool], Waiter]] = []
        self.lock = threading.Lock()
        self.in_flight = 0
        self.accepted = 0

    def close(self) -> None:
        """Deliver what was accepted."""
        with self.lock:
            accepted, self.accepted = self.accepted, 0
        with (self.state / "delivered").open("ab") as log:
            log.write(b"." * accepted)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        body = str(self.answer(environ)).encode()
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
        return [body]

    def answer(self, environ: dict[str, Any]) -> int:
        match environ["PATH_INFO"].split("/")[1:]:
            case ["header"]:
                return len(environ["HTTP_X_LONG"])
            case ["hold"]:
                return self.hold()
            case ["wait", milliseconds]:
                self.sleep(int(milliseconds) / 1000)
            case ["accepted"]:
                with self.lock:
                    self.accepted += 1
            case ["noticed", milliseconds]:
                self.arrived()
                self.sleep(int(milliseconds) / 1000)
        return os.getpid()

    def hold(self) -> int:
        """Wait to be released; return how many requests this process held when this one came."""
        with self.lock:
            self.in_flight += 1
            held = self.in_flight
        self.arrived()
        self.wait_until((self.state / "release").exists)
        with self.lock:
            self.in_flight -= 1
        return held

    def arrived(self) -> None:
        with (self.state / "held").open("ab") as log:
            log.write(b".")

    def sleep(self, seconds: float) -> None:
        ends_s = time.monotonic() + seconds
        self.wait_until(lambda: time.monotonic() >= ends_s)

    def wait_until(self, is_over: Callable[[], bool]) -> None:
        waiter = self.waiting.waiter()
        self.waits.append((is_over, waiter))
        waiter.wait(HOLD_AT_MOST_S)
        waiter.close()

    def end_waits(self) -> None:
        """Wake whoever's wait is over, for ever."""
        while True:
            pause(0.01)
            for wait in list(self.waits):
                is_over, waiter = wait
                if is_over():
                    self.waits.remove(wait)
                    waiter.wake()


def open_app() -> Shown:
    shown = Shown(Path(os.environ["SERVED_STATE"]), WAITING.load(os.environ["SERVED_WAITING"])())
    start_thread(shown.end_waits, "as a client's")
    return shown


def cannot_open() -> Shown:
    raise RuntimeError("this application has no partition left")
