"""A part that stays away: every caller is answered in time, and service resumes by itself."""

from collections.abc import Iterator

import pytest

from tests.live_system import LiveSystem, eventually
from tests.system.consistency.at_once import all_at_once, ask
from tests.system.contract.asking import Asker, asking
from tests.system.faults.holding import frozen, gone

pytestmark = pytest.mark.real

DEADLINE_S = 10.0
GRACE_S = 3.0
"""What a busy machine may take beyond the deadline."""


@pytest.fixture
def asker(running_system: LiveSystem) -> Iterator[Asker]:
    with asking(running_system.endpoint, DEADLINE_S + GRACE_S) as opened:
        yield opened


@pytest.fixture
def user(asker: Asker) -> str:
    user_id: str = asker.post("/users/create").body["user_id"]
    return user_id


def wait_until_ready(asker: Asker) -> None:
    eventually(lambda: asker.get("/readyz").status == 200)


def test_without_kafka_nothing_is_changed_and_the_caller_is_told_to_come_back(
    running_system: LiveSystem, asker: Asker, user: str
) -> None:
    asked = [
        ("POST", f"/users/credit/add/{user}/1"),
        ("POST", "/users/create"),
        ("GET", f"/users/find/{user}"),
    ]
    with gone(running_system, "kafka"):
        assert asker.get("/readyz").status == 503  # By now the endpoint has seen that nothing listens.
        answers = all_at_once(running_system.endpoint, [ask(*one) for one in asked], DEADLINE_S + GRACE_S)
        assert [(told.status, told.body["error"]) for told in answers] == [(503, "unavailable")] * 3
        assert {told.headers["retry-after"] for told in answers} == {"1"}
        assert asker.get("/healthz").status == 200
    wait_until_ready(asker)
    assert asker.get(f"/users/find/{user}").body["credit"] == 0
    assert asker.post(f"/users/credit/add/{user}/1").body["credit"] == 1


def test_what_is_asked_without_flink_is_unknown_in_time_and_done_once(
    running_system: LiveSystem, asker: Asker, user: str
) -> None:
    with gone(running_system, "flink"):
        answer = asker.post(f"/users/credit/add/{user}/1", Idempotency_Key="once")
        assert (answer.status, answer.error) == (504, "timeout")
        assert "Repeat it with the same Idempotency-Key" in answer.body["detail"]
    wait_until_ready(asker)
    assert asker.post(f"/users/credit/add/{user}/1", Idempotency_Key="once").body["credit"] == 1
    assert asker.get(f"/users/find/{user}").body["credit"] == 1


def test_a_kafka_that_stands_still_is_unknown_in_time(
    running_system: LiveSystem, asker: Asker, user: str
) -> None:
    with frozen(running_system.pids("kafka")):
        answer = asker.post(f"/users/credit/add/{user}/1", Idempotency_Key="once")
        assert (answer.status, answer.error) == (504, "timeout")
    wait_until_ready(asker)
    assert asker.post(f"/users/credit/add/{user}/1", Idempotency_Key="once").body["credit"] == 1
