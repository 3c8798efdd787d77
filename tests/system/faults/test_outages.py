"""Outages of a part: every request is answered in time, and the service recovers by itself."""

from collections.abc import Iterator

import pytest

from tests.live_system import LiveSystem, eventually
from tests.system.consistency.simultaneous import one_request, simultaneously
from tests.system.contract.client import ServiceClient, connected
from tests.system.faults.interruptions import frozen, gone

pytestmark = pytest.mark.real

DEADLINE_S = 10.0
GRACE_S = 3.0
"""Time beyond the deadline for a busy machine."""


@pytest.fixture
def client(running_system: LiveSystem) -> Iterator[ServiceClient]:
    with connected(running_system.endpoint, DEADLINE_S + GRACE_S) as opened:
        yield opened


@pytest.fixture
def user(client: ServiceClient) -> str:
    user_id: str = client.post("/users/create").body["user_id"]
    return user_id


def wait_until_ready(client: ServiceClient) -> None:
    eventually(lambda: client.get("/readyz").status == 200)


def test_without_kafka_nothing_is_changed_and_the_answer_has_retry_after(
    running_system: LiveSystem, client: ServiceClient, user: str
) -> None:
    requests = [
        ("POST", f"/users/credit/add/{user}/1"),
        ("POST", "/users/create"),
        ("GET", f"/users/find/{user}"),
    ]
    with gone(running_system, "kafka"):
        assert client.get("/readyz").status == 503  # By now the endpoint has seen that nothing listens.
        answers = simultaneously(
            running_system.endpoint, [one_request(*one) for one in requests], DEADLINE_S + GRACE_S
        )
        assert [(answer.status, answer.body["error"]) for answer in answers] == [(503, "unavailable")] * 3
        assert {answer.headers["retry-after"] for answer in answers} == {"1"}
        assert client.get("/healthz").status == 200
    wait_until_ready(client)
    assert client.get(f"/users/find/{user}").body["credit"] == 0
    assert client.post(f"/users/credit/add/{user}/1").body["credit"] == 1


def test_without_flink_the_answer_is_504_and_a_repeat_is_applied_once(
    running_system: LiveSystem, client: ServiceClient, user: str
) -> None:
    with gone(running_system, "flink"):
        answer = client.post(f"/users/credit/add/{user}/1", Idempotency_Key="once")
        assert (answer.status, answer.error) == (504, "timeout")
        assert "Repeat it with the same Idempotency-Key" in answer.body["detail"]
    wait_until_ready(client)
    assert client.post(f"/users/credit/add/{user}/1", Idempotency_Key="once").body["credit"] == 1
    assert client.get(f"/users/find/{user}").body["credit"] == 1


def test_with_a_stopped_kafka_the_answer_is_504_and_a_repeat_is_applied_once(
    running_system: LiveSystem, client: ServiceClient, user: str
) -> None:
    with frozen(running_system.pids("kafka")):
        answer = client.post(f"/users/credit/add/{user}/1", Idempotency_Key="once")
        assert (answer.status, answer.error) == (504, "timeout")
    wait_until_ready(client)
    assert client.post(f"/users/credit/add/{user}/1", Idempotency_Key="once").body["credit"] == 1
