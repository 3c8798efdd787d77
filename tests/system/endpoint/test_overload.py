"""Overload and outages as a caller sees them, on an endpoint with a scripted client."""

import threading
from pathlib import Path
from time import monotonic, time

import pytest

from system.clients.protocol import SendFailure
from system.endpoint import messages
from system.endpoint.messages import NoReply
from system.endpoint.outage import BrokerOutage
from system.wire.users_pb2 import UserResponse
from tests.live_system import eventually
from tests.system.endpoint.doubles import Endpoint, Sent, endpoint, never, replies

UNKNOWN_USER = replies(404, "{}")
WRITES = ["/users/create", "/users/credit/add/0/1", "/payment/pay/0/1"]


def refuses(running: Endpoint) -> bool:
    return running.fail_fast.cause is not None


@pytest.mark.parametrize("headers", [{}, {"Prefer": "respond-async"}])
@pytest.mark.parametrize("path", WRITES)
def test_after_a_silence_new_requests_are_refused_and_not_sent(
    path: str, headers: dict[str, str], tmp_path: Path
) -> None:
    with endpoint(never, tmp_path, deadline_s=0.1, silence_s=0.2) as running:
        http = running.app.test_client()
        assert http.get("/users/find/0").status_code == 504
        eventually(lambda: refuses(running), within_s=10)
        assert running.metric("endpoint_refusing_processes") in {0, 1}
        eventually(lambda: running.metric("endpoint_refusing_processes") == 1, within_s=10)
        answer = http.post(path, headers=headers)
        assert answer.json is not None
        assert (answer.status_code, answer.json["error"]) == (503, "unavailable")
        assert answer.headers["Retry-After"] == "1"
        assert "was not sent and nothing was changed" in answer.json["detail"]
        assert all(sent.request.WhichOneof("operation") == "find" for sent in running.client.sent)


def test_the_endpoint_finds_out_by_itself_that_replies_come_again(tmp_path: Path) -> None:
    with endpoint(never, tmp_path, deadline_s=0.1, silence_s=0.2) as running:
        http = running.app.test_client()
        http.get("/users/find/0")
        eventually(lambda: refuses(running), within_s=10)
        running.client.answering = UNKNOWN_USER
        eventually(lambda: not refuses(running), within_s=3)
        assert http.get("/users/find/0").status_code == 404
    assert running.metric("endpoint_late_replies_total") == 0
    assert running.metric("endpoint_unknown_replies_total") == 0


def only_questions(record: Sent) -> UserResponse | None:
    """Answer questions, as if the one function that was asked something else had hung."""
    if record.key != b"readyz":
        return None
    return UserResponse(request_id=record.request.request_id, status=404, result="{}")


def test_one_slow_request_refuses_no_other(tmp_path: Path) -> None:
    with endpoint(only_questions, tmp_path, deadline_s=2.5, silence_s=1.2) as running:
        refused: list[bool] = []
        asking = threading.Thread(target=running.app.test_client().get, args=("/users/find/0",))
        asking.start()
        while asking.is_alive():
            refused.append(refuses(running))
            asking.join(0.01)
        assert not any(refused)


def test_when_nobody_waits_nothing_is_asked_and_the_broker_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outage, checks = BrokerOutage("127.0.0.1:1"), list[float]()
    monkeypatch.setattr(outage, "check", lambda: checks.append(monotonic()))
    with endpoint(UNKNOWN_USER, tmp_path, outage=outage) as running:
        assert running.app.test_client().get("/users/find/0").status_code == 404
        sent, checked = len(running.client.sent), len(checks)
        threading.Event().wait(1.0)
        assert (len(running.client.sent), len(checks)) == (sent, checked)


def test_a_broker_at_which_nothing_listens_refuses_new_requests_within_a_second(tmp_path: Path) -> None:
    outage = BrokerOutage("127.0.0.1:1")
    with endpoint(never, tmp_path, deadline_s=5.0, outage=outage) as running:
        threading.Thread(target=running.app.test_client().get, args=("/users/find/0",), daemon=True).start()
        eventually(lambda: refuses(running), within_s=2)
        answer = running.app.test_client().get("/users/find/0").json
        assert answer is not None
        assert "127.0.0.1:1: Connection refused" in answer["detail"]


def test_a_record_that_was_not_stored_is_reason_to_look_even_if_nobody_waits(tmp_path: Path) -> None:
    outage = BrokerOutage("127.0.0.1:1")
    with endpoint(lambda _: SendFailure("timed out", None), tmp_path, outage=outage) as running:
        accepted = running.app.test_client().post("/users/create", headers={"Prefer": "respond-async"})
        assert accepted.status_code == 202
        eventually(lambda: refuses(running), within_s=5)


@pytest.mark.parametrize("queued_s", [11.0, 3000.0])
@pytest.mark.parametrize("headers", [{}, {"Prefer": "respond-async"}])
def test_a_request_that_comes_after_its_deadline_is_refused_and_not_sent(
    queued_s: float, headers: dict[str, str], tmp_path: Path
) -> None:
    with endpoint(UNKNOWN_USER, tmp_path, deadline_s=10.0) as running:
        start = {"X-Request-Start": f"t={time() - queued_s:.3f}"}
        answer = running.app.test_client().post("/users/create", headers={**start, **headers})
        assert answer.json is not None
        assert (answer.status_code, answer.json["error"]) == (503, "overloaded")
        assert running.client.sent == []
        assert running.app.test_client().get("/users/find/0").status_code == 404


def test_the_time_in_a_queue_counts_against_the_deadline(tmp_path: Path) -> None:
    with endpoint(never, tmp_path, deadline_s=100.0) as running:
        started_s = monotonic()
        start = {"X-Request-Start": f"t={(time() - 99.5) * 1000:.0f}"}
        assert running.app.test_client().get("/users/find/0", headers=start).status_code == 504
        assert monotonic() - started_s < 50


def test_a_reply_gives_its_place_to_the_next_request(tmp_path: Path) -> None:
    with endpoint(UNKNOWN_USER, tmp_path, max_waiting=1) as running:
        http = running.app.test_client()
        assert {http.get("/users/find/0").status_code for _ in range(20)} == {404}
        assert len(running.waiting_requests) == 0


def test_a_timeout_gives_its_place_back(tmp_path: Path) -> None:
    with endpoint(never, tmp_path, deadline_s=0.01, max_waiting=1) as running:
        http = running.app.test_client()
        assert {http.get("/users/find/0").status_code for _ in range(5)} == {504}


def test_requests_at_once_beyond_the_places_are_answered_and_no_place_is_lost(tmp_path: Path) -> None:
    with endpoint(UNKNOWN_USER, tmp_path, max_waiting=2) as running:
        statuses: list[int] = []

        def call() -> None:
            http = running.app.test_client()
            statuses.extend(http.get("/users/find/0").status_code for _ in range(50))

        callers = [threading.Thread(target=call) for _ in range(8)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join(60)
        assert len(statuses) == 8 * 50
        assert set(statuses) <= {404, 503}
        assert running.app.test_client().get("/users/find/0").status_code == 404
        held = [running.requester.send("users", "7", messages.find()) for _ in range(2)]
        assert not any(isinstance(one, NoReply) for one in held)


@pytest.mark.parametrize(
    ("status", "line"), [(299, "299 Unassigned"), (418, "418 I'm a Teapot"), (599, None)]
)
def test_a_function_may_reply_with_any_status(status: int, line: str | None, tmp_path: Path) -> None:
    with endpoint(replies(status, '{"x":1}'), tmp_path) as running:
        answer = running.app.test_client().get("/users/find/0")
        assert (answer.status_code, answer.data) == (status, b'{"x":1}')
        assert line is None or answer.status == line


@pytest.mark.parametrize("status", [204, 205, 304])
def test_a_status_without_a_body_is_sent_without_one(status: int, tmp_path: Path) -> None:
    with endpoint(replies(status, '{"x":1}'), tmp_path) as running:
        answer = running.app.test_client().get("/users/find/0")
        assert (answer.status_code, answer.data) == (status, b"")
