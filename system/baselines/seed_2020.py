"""The endpoint of the 2020 project, kept as it was for every report to compare with.

The 2020 project is the university course project that this service comes from. Each of its workers read all
replies, kept those that carried its own id as key, and let a handler look for its reply every 20 ms; each
request was flushed to the broker by itself. Nothing here is to be improved. It differs in one point: a worker
serves only once its consumer has a position, where the project's lost the replies that came before. /healthz
and /readyz are ours, because our tools ask for them.
"""

import json
import os
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol
from uuid import uuid4

from flask import Flask, Response, g

from system.clients.protocol import ClientUnavailable
from system.endpoint import messages
from system.endpoint.http import parameters
from system.endpoint.http.responses import RequestRefused
from system.endpoint.messages import Request
from system.endpoint.settings import read_settings
from system.wire.topics import CREATE_KEY, USER_EVENTS, USERS, USERS_CREATE
from system.wire.users_pb2 import UserResponse

POSITION_WITHIN_S = 10.0
POLL_MS = 100


def events_from_now(kafka: str) -> Any:
    """Return a consumer of all of `user-events`, without a group, once it knows from where on it reads."""
    from kafka import KafkaConsumer

    consumer = KafkaConsumer(USER_EVENTS, bootstrap_servers=[kafka], auto_offset_reset="latest")
    deadline_s = time.monotonic() + POSITION_WITHIN_S
    while not _has_positions(consumer):
        if time.monotonic() > deadline_s:
            raise ClientUnavailable(f"no position in {USER_EVENTS} at {kafka} within {POSITION_WITHIN_S} s")
        consumer.poll(timeout_ms=POLL_MS)  # what it returns was asked for by a worker before this one
    return consumer


def _has_positions(consumer: Any) -> bool:
    assigned = consumer.assignment()
    return bool(assigned) and all(
        consumer.position(each, timeout_ms=POLL_MS) is not None for each in assigned
    )


POLL_EVERY_S = 0.02
READY_WITHIN_S = 2.0
NOBODY = "readyz"
"""An id that is never given out, so that to ask for it changes nothing."""

TOLD = ("acks", "enable_idempotence", "linger_ms", "batch_size", "compression_type", "retries")
"""The producer's settings that matter to a comparison, in kafka-python's names."""

UNKEYED = b""
"""The project knew no idempotency keys."""


class Producer(Protocol):
    """What is used of a `kafka.KafkaProducer`."""

    def send(self, topic: str, value: bytes, key: bytes) -> object:
        """Queue a record."""

    def flush(self) -> object:
        """Wait until what is queued is stored."""


class ReplyEvent(Protocol):
    """What is used of a record of `user-events`."""

    @property
    def key(self) -> bytes:
        """The id of the worker that asked."""

    @property
    def value(self) -> bytes:
        """A `UserResponse`."""


class Worker:
    """One process: its id, its producer, and the replies that its one thread has found among all *events*."""

    def __init__(self, producer: Producer, events: Iterable[ReplyEvent]) -> None:
        self._id = str(uuid4())
        self._producer = producer
        self._replies: dict[str, UserResponse] = {}
        threading.Thread(target=self._read, args=(events,), daemon=True).start()

    def ask(
        self, topic: str, key: str, message: Request, within_s: float | None = None
    ) -> UserResponse | None:
        """Return the reply to *message*; look for it without a deadline, or return None after *within_s*."""
        message.request_id, message.reply_key = str(uuid4()), self._id
        self._producer.send(topic, message.SerializeToString(), key.encode())
        self._producer.flush()
        end_s = None if within_s is None else time.monotonic() + within_s
        while message.request_id not in self._replies:
            if end_s is not None and time.monotonic() > end_s:
                return None
            time.sleep(POLL_EVERY_S)
        return self._replies.pop(message.request_id)

    def _read(self, events: Iterable[ReplyEvent]) -> None:
        for event in events:
            if event.key == self._id.encode():
                reply = UserResponse.FromString(event.value)
                self._replies[reply.request_id] = reply


def open_app() -> Flask:
    """Connect, wait until replies would be seen, and return the application of this process."""
    from kafka import KafkaProducer

    kafka = read_settings(os.environ).kafka
    events = events_from_now(kafka)
    producer = KafkaProducer(bootstrap_servers=[kafka])
    return build_app(Worker(producer, events), {name: str(producer.config[name]) for name in TOLD})


def build_app(worker: Worker, settings: Mapping[str, str] | None = None) -> Flask:
    """Return the application whose handlers ask the functions through *worker*; /readyz tells *settings*."""
    app = Flask(__name__, static_folder=None)
    app.before_request(_note_the_start)
    app.after_request(_tell_the_time)
    app.register_error_handler(RequestRefused, _refuse)
    for method, path, view in [*_user_routes(worker), *_own_routes(worker, settings or {})]:
        app.add_url_rule(path, f"{method} {path}", view, methods=[method])
    return app


Route = tuple[str, str, Callable[..., Response]]


def _user_routes(worker: Worker) -> list[Route]:
    def create() -> Response:
        return _as_told(worker.ask(USERS_CREATE, CREATE_KEY, messages.create(UNKEYED)))

    def find(user_id: str) -> Response:
        return _as_told(worker.ask(USERS, user_id, messages.find()))

    def remove(user_id: str) -> Response:
        return _as_told(worker.ask(USERS, user_id, messages.remove(UNKEYED)))

    def add(user_id: str, amount: str) -> Response:
        return _as_told(worker.ask(USERS, user_id, messages.add(parameters.amount(amount), UNKEYED)))

    def subtract(user_id: str, amount: str) -> Response:
        return _as_told(worker.ask(USERS, user_id, messages.subtract(parameters.amount(amount), UNKEYED)))

    return [
        ("POST", "/users/create", create),
        ("GET", "/users/find/<user_id>", find),
        ("DELETE", "/users/remove/<user_id>", remove),
        ("GET", "/users/credit/<user_id>", find),
        ("POST", "/users/credit/add/<user_id>/<amount>", add),
        ("POST", "/users/credit/subtract/<user_id>/<amount>", subtract),
    ]


def _own_routes(worker: Worker, settings: Mapping[str, str]) -> list[Route]:
    ready = json.dumps({"status": "ready", "client": dict(settings)})

    def healthz() -> Response:
        return _json('{"status": "live"}', 200)

    def readyz() -> Response:
        reply = worker.ask(USERS, NOBODY, messages.find(), READY_WITHIN_S)
        return _json(ready, 200) if reply else _json('{"status": "unavailable"}', 503)

    return [("GET", "/healthz", healthz), ("GET", "/readyz", readyz)]


def _as_told(reply: UserResponse | None) -> Response:
    return _json(reply.result, reply.status) if reply else _json('{"status": "unavailable"}', 503)


def _json(body: str, status: int) -> Response:
    return Response(body, status, mimetype="application/json")


def _refuse(refused: Any) -> Response:
    return _json(refused.answer.body.decode(), refused.answer.status)


def _note_the_start() -> None:
    g.started_ns = time.perf_counter_ns()


def _tell_the_time(response: Response) -> Response:
    response.headers["Server-Timing"] = f"total;dur={(time.perf_counter_ns() - g.started_ns) / 1e6:.3f}"
    return response
