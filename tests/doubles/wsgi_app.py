"""A WSGI application that shows what the server around it does; it needs nothing but a folder.

`SERVED_STATE` names the folder: each request to `/hold` or `/noticed/MS` leaves a byte in `held`; the former
waits for `release` to appear there. As a Kafka client does, it has a native thread of its own.
"""

import os
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from system.clients.native import pause, start_thread

HOLD_AT_MOST_S = 30.0


class Shown:
    """Answers each path with a number that tells something of the server."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.lock = threading.Lock()
        self.in_flight = 0

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
                time.sleep(int(milliseconds) / 1000)
            case ["noticed", milliseconds]:
                self.arrived()
                time.sleep(int(milliseconds) / 1000)
        return os.getpid()

    def hold(self) -> int:
        """Wait to be released; return how many requests this process held when this one came."""
        with self.lock:
            self.in_flight += 1
            held = self.in_flight
        self.arrived()
        deadline_s = time.monotonic() + HOLD_AT_MOST_S
        while not (self.state / "release").exists() and time.monotonic() < deadline_s:
            time.sleep(0.01)
        with self.lock:
            self.in_flight -= 1
        return held

    def arrived(self) -> None:
        with (self.state / "held").open("ab") as log:
            log.write(b".")


def open_app() -> Shown:
    start_thread(lambda: pause(HOLD_AT_MOST_S * 100), "as a client's")
    return Shown(Path(os.environ["SERVED_STATE"]))


def cannot_open() -> Shown:
    raise RuntimeError("this application has no partition left")
