"""The endpoint of the 2020 project with the functions in process."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any

import pytest
from flask.testing import FlaskClient

from system.baselines.catalogue import BASELINES
from system.baselines.seed_2020 import Worker, build_app
from system.endpoint.messages import find
from system.functions.function import Record
from system.functions.local import LocalFunctions
from system.wire.topics import USER_EVENTS


@dataclass(frozen=True)
class Event:
    key: bytes
    value: bytes


class Log:
    """The functions, the records sent to them, and readers that each get all replies."""

    def __init__(self) -> None:
        self.functions = LocalFunctions()
        self.sent: list[Record] = []
        self.flushed = 0
        self.readers: list[SimpleQueue[Event]] = []

    def send(self, topic: str, value: bytes, key: bytes) -> None:
        self.sent.append(Record(topic, key.decode(), value))

    def flush(self) -> None:
        for record in self.functions.apply(self.sent[-1]):
            if record.topic == USER_EVENTS:
                self.publish(Event(record.key.encode(), record.value))
        self.flushed += 1

    def publish(self, event: Event) -> None:
        for reader in self.readers:
            reader.put(event)

    def events(self) -> Iterator[Event]:
        reader: SimpleQueue[Event] = SimpleQueue()
        self.readers.append(reader)
        return iter(reader.get, None)


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def http(log: Log) -> FlaskClient:
    return build_app(Worker(log, log.events())).test_client()


def answered(http: FlaskClient, method: str, path: str) -> tuple[int, Any]:
    response = http.open(path, method=method)
    return response.status_code, response.get_json()


def test_the_six_operations_answer_with_the_functions_replies(http: FlaskClient) -> None:
    assert answered(http, "POST", "/users/create") == (201, {"user_id": "0"})
    assert answered(http, "POST", "/users/credit/add/0/5")[1]["credit"] == 5
    assert answered(http, "POST", "/users/credit/subtract/0/2")[1]["credit"] == 3
    assert answered(http, "GET", "/users/find/0") == (200, {"user_id": "0", "credit": 3})
    assert answered(http, "GET", "/users/credit/0") == (200, {"user_id": "0", "credit": 3})
    assert answered(http, "DELETE", "/users/remove/0") == (200, {"result": "success"})
    assert answered(http, "GET", "/users/find/0")[0] == 404


@pytest.mark.parametrize("amount", ["-1", "1.5", "9223372036854775808"])
def test_an_invalid_amount_is_refused_before_a_record_is_sent(
    http: FlaskClient, log: Log, amount: str
) -> None:
    status, body = answered(http, "POST", f"/users/credit/add/0/{amount}")
    assert (status, body["error"], log.sent) == (400, "invalid_amount", [])


def test_each_request_is_flushed_separately(http: FlaskClient, log: Log) -> None:
    for _ in range(3):
        http.post("/users/create")
    assert log.flushed == 3


def test_a_worker_reads_the_replies_of_others_and_drops_them(http: FlaskClient, log: Log) -> None:
    other = Worker(log, log.events())
    http.post("/users/create")
    reply = other.request("users", "0", find())
    assert reply is not None
    assert json.loads(reply.result) == {"user_id": "0", "credit": 0}
    assert not other._replies


def test_a_handler_waits_without_a_deadline(log: Log) -> None:
    held = threading.Event()
    log.flush = held.set  # type: ignore[method-assign]  # no reply will come
    worker = Worker(log, log.events())
    waiting = threading.Thread(target=worker.request, args=("users", "0", find()), daemon=True)
    waiting.start()
    assert held.wait(10)
    waiting.join(0.2)
    assert waiting.is_alive()


def test_it_is_ready_only_when_a_reply_comes_back(log: Log, http: FlaskClient) -> None:
    assert answered(http, "GET", "/healthz")[0] == 200
    assert answered(http, "GET", "/readyz")[0] == 200
    log.flush = lambda: None  # type: ignore[method-assign]  # no reply will come
    assert answered(http, "GET", "/readyz")[0] == 503


def test_an_answer_has_its_duration(http: FlaskClient) -> None:
    timing = http.get("/users/find/0").headers["Server-Timing"]
    assert float(timing.removeprefix("total;dur=")) > 0


def test_the_baseline_is_the_configuration_of_2020() -> None:
    seed = BASELINES["seed_2020"]
    assert (seed.server, seed.processes, seed.client) == ("gunicorn-sync", 4, "kafka-python")
    assert (seed.partitions, seed.flink_buffer_timeout_ms) == (1, 100)
