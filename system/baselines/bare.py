"""Baseline `bare`: the endpoint's request and reply on plain WSGI, the lowest cost that a request can have.

It uses the same client under the same server, a native thread that reads and a handler that waits, as the
endpoint does. It has no Flask, no metrics, no bound, no idempotency keys, no `Server-Timing`, and no error
but a missed deadline. Measured next to the endpoint it shows the cost of the endpoint's own code. It is not
meant for use.
"""

import atexit
import os
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from itertools import count
from typing import TYPE_CHECKING

import orjson

from system.clients.catalogue import CLIENTS
from system.clients.protocol import Client, ClientUnavailable, SendFailure
from system.concurrency import Lock, pause, start_thread
from system.endpoint import messages
from system.endpoint.messages import Reply, Request, decode_reply
from system.endpoint.partition_claims import claim
from system.endpoint.settings import EndpointSettings, read_settings
from system.endpoint.waiting.kinds import WAITING, Waiter, WaitingKind
from system.wire.partitioner import reply_key
from system.wire.topics import CREATE_KEY, USER_EVENTS, USERS, USERS_CREATE

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

POLL_TIMEOUT_S = 0.1
RETRY_DELAY_S = 0.2
STOP_TIMEOUT_S = 2.0
DEADLINE_S = 10.0
UNASSIGNED_ID = "readyz"
NO_KEY = b""
STATUS_LINES = {200: "200 OK", 201: "201 Created", 400: "400 Bad Request", 404: "404 Not Found"}
NO_REPLY, NO_ROUTE = "504 Gateway Timeout", "404 Not Found"

AddressedRequest = tuple[str, str, Request]
"""A topic, a key, and the request."""


class BareApplication:
    """The WSGI application of one process over *client*, whose replies come to *reply_key*."""

    close: Callable[[], None]
    """Releases all resources; the server calls it after the last request."""

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
        """Send the request that the path names, and answer with its reply."""
        path = environ["PATH_INFO"]
        addressed = request_for(path)
        if addressed is None:
            return _answer(start_response, NO_ROUTE, b"{}")
        reply = self.request(*addressed)
        if reply is None:
            return _answer(start_response, NO_REPLY, b"{}")
        if path == "/readyz":
            return _answer(start_response, STATUS_LINES[200], self._ready)
        return _answer(start_response, STATUS_LINES[reply.status], reply.body)

    def request(self, topic: str, key: str, request: Request) -> Reply | None:
        """Send *request* and return its reply, or None after the deadline."""
        request_id = request.request_id = f"{self._prefix}{next(self._numbers):x}"
        request.reply_key = self._reply_key
        waiter = self._waiters[request_id] = self._waiting.waiter()
        self._client.send(topic, key.encode(), request.SerializeToString(), _ignore)
        waiter.wait(DEADLINE_S)
        waiter.close()
        return waiter.outcome if isinstance(waiter.outcome, Reply) else None

    def stop(self) -> None:
        """End the thread that reads."""
        self._stopping = True
        self._ended.acquire(timeout=STOP_TIMEOUT_S)

    def _read(self) -> None:
        while not self._stopping:
            try:
                self._read_once()
            except ClientUnavailable:
                pause(RETRY_DELAY_S)

    def _read_once(self) -> None:
        for value in self._client.poll(POLL_TIMEOUT_S):
            reply = decode_reply(value, 0)
            waiter = self._waiters.pop(reply.request_id, None)
            if waiter is not None:
                waiter.outcome = reply
                waiter.wake()


def open_app() -> BareApplication:
    """Return the application of this process for the settings in the environment."""
    closing = ExitStack()
    atexit.register(closing.close)
    app = build_app(read_settings(os.environ), closing)
    app.close = closing.close
    return app


def build_app(settings: EndpointSettings, closing: ExitStack) -> BareApplication:
    """Return the application; *closing* will close what it opened."""
    client = CLIENTS.load(settings.client).open(settings.kafka, settings.deadline_s)
    closing.callback(client.close)
    partitions = client.partitions(USER_EVENTS)
    claimed = claim(settings.claims_dir, partitions)
    closing.callback(claimed.release)
    client.assign(USER_EVENTS, claimed.partition)
    key = reply_key(claimed.partition, partitions)
    app = BareApplication(client, WAITING.load(settings.waiting)(), key)
    closing.callback(app.stop)
    return app


def request_for(path: str) -> AddressedRequest | None:
    """Return the request that *path* names, or None; the method is ignored."""
    match path.split("/"):
        case ["", "users", "find" | "credit", user_id]:
            return USERS, user_id, messages.find()
        case ["", "users", "credit", "add", user_id, amount]:
            return USERS, user_id, messages.add(int(amount), NO_KEY)
        case ["", "users", "create"]:
            return USERS_CREATE, CREATE_KEY, messages.create(NO_KEY)
        case ["", "readyz"]:
            return USERS, UNASSIGNED_ID, messages.find()
    return None


def _answer(start_response: "StartResponse", status: str, body: bytes) -> Iterable[bytes]:
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return (body,)


def _ignore(failure: SendFailure) -> None:
    """Do nothing: the request will miss its deadline."""
