"""The floor of what a request can cost: the endpoint's exchange on bare WSGI, with nothing around it.

The same client under the same server, a native thread that reads and a handler that waits as the endpoint's
do. Without Flask, metrics, a bound, idempotency keys, `Server-Timing` and all errors but a missed deadline.
Measured beside the endpoint it tells what our own code costs; it is no service to run.
"""

import atexit
import os
from collections.abc import Iterable
from contextlib import ExitStack
from itertools import count
from typing import TYPE_CHECKING

import orjson

from system.clients.catalogue import CLIENTS
from system.clients.protocol import Client, ClientUnavailable, SendFailure
from system.concurrency import Lock, pause, start_thread
from system.endpoint import messages
from system.endpoint.messages import Request
from system.endpoint.partition_claims import claim
from system.endpoint.replies import Reply, read_reply
from system.endpoint.settings import EndpointSettings, read_settings
from system.endpoint.waiting.kinds import WAITING, Waiter, WaitingKind
from system.wire.partitioner import reply_key
from system.wire.topics import CREATE_KEY, USER_EVENTS, USERS, USERS_CREATE

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

POLL_S = 0.1
PAUSE_S = 0.2
STOP_WITHIN_S = 2.0
DEADLINE_S = 10.0
NOBODY = "readyz"
UNKEYED = b""
STATUS_LINES = {200: "200 OK", 201: "201 Created", 400: "400 Bad Request", 404: "404 Not Found"}
NO_REPLY, NO_ROUTE = "504 Gateway Timeout", "404 Not Found"

Question = tuple[str, str, Request]
"""A topic, a key, and the record."""


class Bare:
    """The application of one process over *client*, whose replies come to *reply_key*."""

    def __init__(self, client: Client, waiting: WaitingKind, reply_key: str) -> None:
        self._client = client
        self._waiting = waiting
        self._reply_key = reply_key
        self._prefix = os.urandom(6).hex() + "."
        self._numbers = count()
        self._waiters: dict[str, Waiter] = {}
        self._stopping = False
        self._ready = orjson.dumps({"status": "ready", "client": dict(client.settings())})
        self._ended: Lock = start_thread(self._read, "reader of replies")

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Ask the function that the path names, and answer what it replies."""
        path = environ["PATH_INFO"]
        question = question_of(path)
        if question is None:
            return _answer(start_response, NO_ROUTE, b"{}")
        reply = self.ask(*question)
        if reply is None:
            return _answer(start_response, NO_REPLY, b"{}")
        if path == "/readyz":
            return _answer(start_response, STATUS_LINES[200], self._ready)
        return _answer(start_response, STATUS_LINES[reply.status], reply.body)

    def ask(self, topic: str, key: str, message: Request) -> Reply | None:
        """Send *message* and wait for its reply; None after the deadline."""
        request_id = message.request_id = f"{self._prefix}{next(self._numbers):x}"
        message.reply_key = self._reply_key
        waiter = self._waiters[request_id] = self._waiting.waiter()
        self._client.send(topic, key.encode(), message.SerializeToString(), _ignore)
        waiter.wait(DEADLINE_S)
        waiter.close()
        return waiter.outcome if isinstance(waiter.outcome, Reply) else None

    def stop(self) -> None:
        """Read no more."""
        self._stopping = True
        self._ended.acquire(timeout=STOP_WITHIN_S)

    def _read(self) -> None:
        while not self._stopping:
            try:
                self._take()
            except ClientUnavailable:
                pause(PAUSE_S)

    def _take(self) -> None:
        for value in self._client.poll(POLL_S):
            reply = read_reply(value, 0)
            waiter = self._waiters.pop(reply.request_id, None)
            if waiter is not None:
                waiter.outcome = reply
                waiter.wake()


def question_of(path: str) -> Question | None:
    """Return what *path* asks, or None; the method is not looked at."""
    match path.split("/"):
        case ["", "users", "find" | "credit", user_id]:
            return USERS, user_id, messages.find()
        case ["", "users", "credit", "add", user_id, amount]:
            return USERS, user_id, messages.add(int(amount), UNKEYED)
        case ["", "users", "create"]:
            return USERS_CREATE, CREATE_KEY, messages.create(UNKEYED)
        case ["", "readyz"]:
            return USERS, NOBODY, messages.find()
    return None


def open_app() -> Bare:
    """Open what the settings in the environment name, and return the application of this process."""
    closing = ExitStack()
    atexit.register(closing.close)
    return build_app(read_settings(os.environ), closing)


def build_app(settings: EndpointSettings, closing: ExitStack) -> Bare:
    """Return the application; *closing* will close what was opened for it."""
    client = CLIENTS.load(settings.client).open(settings.kafka, settings.deadline_s)
    closing.callback(client.close)
    partitions = client.partitions(USER_EVENTS)
    ours = claim(settings.claims_dir, partitions)
    closing.callback(ours.release)
    client.assign(USER_EVENTS, ours.partition)
    app = Bare(client, WAITING.load(settings.waiting)(), reply_key(ours.partition, partitions))
    closing.callback(app.stop)
    return app


def _answer(start_response: "StartResponse", status: str, body: bytes) -> Iterable[bytes]:
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return (body,)


def _ignore(failure: SendFailure) -> None:
    """Let the request miss its deadline."""
