"""Baseline `seed_2020`: the endpoint of the 2020 project, unchanged, as the reference of every report.

The 2020 project is the university course project that this service comes from. Each of its workers reads all
replies and keeps those whose key is its own id; a handler looks for its reply every 20 ms; each request is
flushed to the broker separately. None of this is to be improved. One thing differs: a worker serves only
after its consumer has a position (the project's lost replies that came before). /healthz and /readyz are
added, because our tools need them.
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

POSITION_TIMEOUT_S = 10.0
POLL_TIMEOUT_MS = 100
POLL_EVERY_S = 0.02
READY_TIMEOUT_S = 2.0
UNASSIGNED_ID = "readyz"
"""An id that is never assigned, so that a find of it changes nothing."""

REPORTED = ("acks", "enable_idempotence", "linger_ms", "batch_size", "compression_type", "retries")
"""Producer settings that matter to a comparison, by kafka-python's names."""

NO_KEY = b""
"""The project had no idempotency keys."""


class Producer(Protocol):
    """The methods of `kafka.KafkaProducer` that are used."""

    def send(self, topic: str, value: bytes, key: bytes) -> object:
        """Queue a record."""

    def flush(self) -> object:
        """Wait until the queued records are stored."""


class ReplyEvent(Protocol):
    """A record of `user-events`, as kafka-python returns it."""

    @property
    def key(self) -> bytes:
        """The id of the worker that sent the request."""

    @property
    def value(self) -> bytes:
        """A `UserResponse`."""


class Worker:
    """One process: its id, its producer, and its replies, which a thread selects from all *events*."""

    def __init__(self, producer: Producer, events: Iterable[ReplyEvent]) -> None:
        self._id = str(uuid4())
        self._producer = producer
        self._replies: dict[str, UserResponse] = {}
        threading.Thread(target=self._read, args=(events,), daemon=True).start()

    def request(
        self, topic: str, key: str, message: Request, timeout_s: float | None = None
    ) -> UserResponse | None:
        """Send *message* and return its reply, or None after *timeout_s*; by default there is no limit."""
        message.request_id, message.reply_key = str(uuid4()), self._id
        self._producer.send(topic, message.SerializeToString(), key.encode())
        self._producer.flush()
        end_s = None if timeout_s is None else time.monotonic() + timeout_s
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
    """Connect, wait until the consumer has a position, and return the application of this process."""
    from kafka import KafkaProducer

    kafka = read_settings(os.environ).kafka
    events = events_from_now(kafka)
    producer = KafkaProducer(bootstrap_servers=[kafka])
    return build_app(Worker(producer, events), {name: str(producer.config[name]) for name in REPORTED})


def build_app(worker: Worker, settings: Mapping[str, str] | None = None) -> Flask:
    """Return the application; its handlers send requests with *worker*, /readyz returns *settings*."""
    app = Flask(__name__, static_folder=None)
    app.before_request(_store_start_time)
    app.after_request(_add_server_timing)
    app.register_error_handler(RequestRefused, _refuse)
    for method, path, view in [*_user_routes(worker), *_own_routes(worker, settings or {})]:
        app.add_url_rule(path, f"{method} {path}", view, methods=[method])
    return app


Route = tuple[str, str, Callable[..., Response]]


def _user_routes(worker: Worker) -> list[Route]:
    def create() -> Response:
        return _answer(worker.request(USERS_CREATE, CREATE_KEY, messages.create(NO_KEY)))

    def find(user_id: str) -> Response:
        return _answer(worker.request(USERS, user_id, messages.find()))

    def remove(user_id: str) -> Response:
        return _answer(worker.request(USERS, user_id, messages.remove(NO_KEY)))

    def add(user_id: str, amount: str) -> Response:
        return _answer(worker.request(USERS, user_id, messages.add(parameters.amount(amount), NO_KEY)))

    def subtract(user_id: str, amount: str) -> Response:
        return _answer(worker.request(USERS, user_id, messages.subtract(parameters.amount(amount), NO_KEY)))

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
        reply = worker.request(USERS, UNASSIGNED_ID, messages.find(), READY_TIMEOUT_S)
        return _json(ready, 200) if reply else _json('{"status": "unavailable"}', 503)

    return [("GET", "/healthz", healthz), ("GET", "/readyz", readyz)]


def _answer(reply: UserResponse | None) -> Response:
    return _json(reply.result, reply.status) if reply else _json('{"status": "unavailable"}', 503)


def _json(body: str, status: int) -> Response:
    return Response(body, status, mimetype="application/json")


def _refuse(refused: Any) -> Response:
    return _json(refused.answer.body.decode(), refused.answer.status)


def _store_start_time() -> None:
    g.started_ns = time.perf_counter_ns()


def _add_server_timing(response: Response) -> Response:
    response.headers["Server-Timing"] = f"total;dur={(time.perf_counter_ns() - g.started_ns) / 1e6:.3f}"
    return response


def events_from_now(kafka: str) -> Any:
    """Return a consumer of all partitions of `user-events`, without a group, once it has its positions."""
    from kafka import KafkaConsumer

    consumer = KafkaConsumer(USER_EVENTS, bootstrap_servers=[kafka], auto_offset_reset="latest")
    deadline_s = time.monotonic() + POSITION_TIMEOUT_S
    while not _has_positions(consumer):
        if time.monotonic() > deadline_s:
            raise ClientUnavailable(f"no position in {USER_EVENTS} at {kafka} within {POSITION_TIMEOUT_S} s")
        consumer.poll(timeout_ms=POLL_TIMEOUT_MS)  # such records are replies to earlier workers
    return consumer


def _has_positions(consumer: Any) -> bool:
    assigned = consumer.assignment()
    return bool(assigned) and all(
        consumer.position(each, timeout_ms=POLL_TIMEOUT_MS) is not None for each in assigned
    )
