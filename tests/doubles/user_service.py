"""A user service in memory, over HTTP, with faults on demand.

`python -m tests.doubles.user_service` with `--freeze EVERY_S LASTS_S`, `--lose N`, `--double N`, `--error N`
or `--close` prints `ready http://127.0.0.1:PORT` and serves until SIGTERM. The Nth, 2Nth, ... update is lost,
doubled, or applied and answered 500. `--connections N`: only N at once, others wait.
`--cross N`: the Nth, ... answer that names a user is that to the request before it. `--blank N`: it has no
credit. `--invent N`: after N users, creates are answered 500, and 200 is the answer about unknown users.
"""

import argparse
import json
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import gevent
from gevent import socket
from gevent.pywsgi import WSGIServer

ROUTES = (
    ("POST", r"/users/create|/payment/create_user", "create"),
    ("GET", r"/users/find/([\w-]+)|/users/credit/([\w-]+)|/payment/find_user/([\w-]+)", "read"),
    ("DELETE", r"/users/remove/([\w-]+)", "remove"),
    ("POST", r"/users/credit/add/([\w-]+)/(\d+)|/payment/add_funds/([\w-]+)/(\d+)", "add"),
    ("POST", r"/users/credit/subtract/([\w-]+)/(\d+)|/payment/pay/([\w-]+)/(\d+)", "subtract"),
)
HOPS = "endpoint;dur=0.1, request;dur=0.2, function;dur=0.3, reply;dur=0.4, total;dur=1.0"
Answer = tuple[int, dict[str, Any]]


@dataclass
class Service:
    lose: int = 0
    double: int = 0
    error: int = 0
    cross: int = 0
    blank: int = 0
    invent: int = 0
    before: dict[str, Any] = field(default_factory=dict)
    """The last answer that named a user."""
    named: int = 0
    """Answers that named a user."""
    credits: dict[str, int] = field(default_factory=dict)
    answers: dict[tuple[str, str], Answer] = field(default_factory=dict)
    next_id: int = 0
    updates: int = 0

    def answer(self, method: str, path: str, key: str) -> Answer:
        for wanted, pattern, name in ROUTES:
            if method == wanted and (match := re.fullmatch(pattern, path)):
                found = [group for group in match.groups() if group is not None]
                return self._with_faults(name, *self._once(name, found, key))
        return 404, {"result": "failure", "error": "unknown_route"}

    def _with_faults(self, name: str, status: int, body: dict[str, Any]) -> Answer:
        if name == "create" or "user_id" not in body:
            return status, body
        self.named += 1
        before, self.before = self.before or body, body
        if _hits(self.cross, self.named):
            return status, before
        return status, {"user_id": body["user_id"]} if _hits(self.blank, self.named) else body

    def _once(self, name: str, found: list[str], key: str) -> Answer:
        if not key:
            return self._apply(name, found)
        if (name, key) not in self.answers:
            self.answers[name, key] = self._apply(name, found)
        return self.answers[name, key]

    def _apply(self, name: str, found: list[str]) -> Answer:
        if name == "create":
            if self.next_id >= self.invent > 0:
                return 500, {"result": "failure"}
            user, self.next_id = str(self.next_id), self.next_id + 1
            self.credits[user] = 0
            return 201, {"user_id": user}
        if found[0] not in self.credits and self.invent:
            return 200, {"user_id": found[0], "credit": 0}
        if found[0] not in self.credits:
            return 404, {"result": "failure", "error": "unknown_user"}
        if name == "remove":
            del self.credits[found[0]]
            return 200, {"result": "success"}
        if name == "read":
            return 200, {"user_id": found[0], "credit": self.credits[found[0]]}
        return self._update(found[0], int(found[1]) * (1 if name == "add" else -1))

    def _update(self, user: str, delta: int) -> Answer:
        if self.credits[user] + delta < 0:
            return 400, {"result": "failure", "error": "insufficient_credit"}
        self.updates += 1
        answered = self.credits[user] + delta
        self.credits[user] += delta * self._times()
        if _hits(self.error, self.updates):
            return 500, {"result": "failure"}
        return 200, {"result": "success", "user_id": user, "credit": answered}

    def _times(self) -> int:
        if _hits(self.lose, self.updates):
            return 0
        return 2 if _hits(self.double, self.updates) else 1


def _hits(every: int, number: int) -> bool:
    return every > 0 and number % every == 0


def open_app(
    service: Service, wait_if_frozen: Callable[[], None], *, close: bool
) -> Callable[..., Iterable[bytes]]:
    def app(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        wait_if_frozen()
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        status, body = service.answer(method, path, environ.get("HTTP_IDEMPOTENCY_KEY", ""))
        payload = json.dumps(body).encode()
        length = str(len(payload))
        headers = [("Content-Type", "application/json"), ("Content-Length", length), ("Server-Timing", HOPS)]
        start_response(f"{status} -", headers + ([("Connection", "close")] if close else []))
        return [payload]

    return app


def freezer(every_s: float, lasts_s: float) -> Callable[[], None]:
    """Return a function that waits for the end of *every_s* if called in its last *lasts_s*."""
    start = time.monotonic()

    def wait_if_frozen() -> None:
        into_s = (time.monotonic() - start) % every_s
        if into_s > every_s - lasts_s:
            gevent.sleep(every_s - into_s)

    return wait_if_frozen


def prompt_listener() -> socket.socket:
    """Listen without Nagle's algorithm: pywsgi sends headers and body apart, which costs 40 ms otherwise."""
    listener = socket.socket()
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.bind(("127.0.0.1", 0))
    listener.listen(1024)
    return listener


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--freeze", nargs=2, type=float, default=(1.0, 0.0))
    for fault in ("lose", "double", "error", "cross", "blank", "invent"):
        parser.add_argument(f"--{fault}", type=int, default=0)
    parser.add_argument("--close", action="store_true")
    parser.add_argument("--connections", type=int)
    options = parser.parse_args()
    service = Service(
        options.lose, options.double, options.error, options.cross, options.blank, options.invent
    )
    every_s, lasts_s = options.freeze
    app = open_app(service, freezer(every_s, lasts_s), close=options.close)
    server = WSGIServer(prompt_listener(), app, log=None, spawn=options.connections or "default")
    server.start()
    print(f"ready http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
