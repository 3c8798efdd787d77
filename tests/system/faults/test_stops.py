"""Stops of an endpoint that has accepted requests which Kafka does not have yet."""

import signal
import time

import pytest

from system.runtime.layout import Layout
from tests.live_system import STOPS_WITHIN_S, LiveSystem, eventually, started
from tests.system.contract.client import connected
from tests.system.faults.interruptions import frozen

pytestmark = pytest.mark.real

ACCEPTED = 50
HELD_S = 0.5
"""How long Kafka still does not answer after the stop signal; less than a client's `CLOSE_TIMEOUT_S`."""


def test_every_request_answered_202_before_a_stop_is_applied(running_system: LiveSystem) -> None:
    user = running_system.request("POST", "/users/create")[1]["user_id"]
    stopping = started(running_system.data_dir, ("component", "endpoint"))
    with connected(stopping.endpoint) as client, frozen(running_system.pids("kafka")):
        path = f"/users/credit/add/{user}/1"
        answers = [client.post(path, Prefer="respond-async").status for _ in range(ACCEPTED)]
        stopping.process.send_signal(signal.SIGTERM)
        time.sleep(HELD_S)
    assert answers == [202] * ACCEPTED
    assert stopping.process.wait(STOPS_WITHIN_S) == 0
    eventually(
        lambda: running_system.request("GET", f"/users/credit/{user}")[1].get("credit") == ACCEPTED, 15
    )


def test_every_accepted_request_that_kafka_does_not_take_at_a_stop_is_logged(
    running_system: LiveSystem,
) -> None:
    user = running_system.request("POST", "/users/create")[1]["user_id"]
    stopping = started(running_system.data_dir, ("component", "endpoint"))
    with connected(stopping.endpoint) as client, frozen(running_system.pids("kafka")):
        path = f"/users/credit/add/{user}/1"
        answers = [client.post(path, Prefer="respond-async").status for _ in range(ACCEPTED)]
        assert stopping.stop() == 0
    assert answers == [202] * ACCEPTED
    port = stopping.endpoint.rpartition(":")[2]
    log = (Layout(running_system.data_dir).logs / f"endpoint-{port}.log").read_text()
    assert log.count("a request that was answered 202 was lost") == ACCEPTED
