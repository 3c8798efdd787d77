from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Event, Thread

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from system.endpoint.batches import CHUNK
from system.endpoint.http.parameters import key_hash
from system.functions.function import Record
from system.functions.local import LocalFunctions
from system.wire.partitioner import partition
from system.wire.topics import USER_EVENTS, USERS
from system.wire.users_pb2 import UserRequest, UserResponse
from tests.live_system import eventually
from tests.system.endpoint.doubles import Endpoint, Sent, endpoint, never, unreachable


def test_the_contract_of_the_course_benchmark(http: FlaskClient) -> None:
    made = http.post("/payment/create_user")
    assert (made.status_code, made.json) == (200, {"user_id": "0"})
    assert http.post("/payment/add_funds/0/5").status_code == 200
    assert http.post("/payment/pay/0/2").status_code == 200
    assert http.get("/payment/find_user/0").json == {"user_id": "0", "credit": 3}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/payment/pay/0/1"),
        ("POST", "/payment/pay/9/1"),
        ("POST", "/payment/pay/0/-1"),
        ("POST", "/payment/add_funds/9/1"),
        ("POST", "/payment/add_funds/0/x"),
        ("POST", f"/payment/add_funds/{'9' * 99}/1"),
        ("GET", "/payment/find_user/9"),
        ("GET", "/payment/find_user/abc"),
        ("POST", "/payment/batch_init/0/1"),
        ("POST", "/payment/batch_init/1000001/1"),
        ("POST", f"/payment/batch_init/1/{2**63}"),
        ("POST", "/payment/batch_init/x/1"),
    ],
)
def test_every_refusal_is_400(method: str, path: str, http: FlaskClient) -> None:
    http.post("/payment/create_user")
    answer = http.open(path, method=method)
    assert answer.status_code == 400
    assert answer.json is not None
    assert answer.json["result"] == "failure"


def test_a_key_used_for_another_payment_is_400(http: FlaskClient) -> None:
    http.post("/payment/batch_init/1/10")
    key = {"Idempotency-Key": "k"}
    assert http.post("/payment/pay/0/1", headers=key).status_code == 200
    assert http.post("/payment/pay/0/2", headers=key).status_code == 400
    assert http.get("/payment/find_user/0").json == {"user_id": "0", "credit": 9}


def test_no_reply_stays_504(tmp_path: Path) -> None:
    with endpoint(never, tmp_path, deadline_s=0.01) as running:
        assert running.app.test_client().post("/payment/pay/0/1").status_code == 504


def test_a_batch_sets_every_credit_whatever_it_was(http: FlaskClient) -> None:
    http.post("/payment/create_user")
    http.post("/payment/add_funds/0/99")
    count = 2 * CHUNK + 500
    answer = http.post(f"/payment/batch_init/{count}/7")
    assert answer.status_code == 200
    assert answer.json is not None
    assert list(answer.json) == ["msg"]
    users = [http.get(f"/payment/find_user/{user}").json for user in range(count)]
    assert users == [{"user_id": str(user), "credit": 7} for user in range(count)]
    assert http.post("/payment/create_user").json == {"user_id": str(count)}
    http.post("/payment/batch_init/3/1")
    assert http.get("/payment/find_user/0").json == {"user_id": "0", "credit": 1}
    assert http.get("/payment/find_user/3").json == {"user_id": "3", "credit": 7}


@contextmanager
def filling(answering_chunks: Event, folder: Path, count: int) -> Iterator[Endpoint]:
    """A batch under way, whose reservation is answered at once, and its chunks after the event."""

    reserved = f'{{"batch": 3, "count": {count}, "credit": 7, "done": 0}}'

    def answering(record: Sent) -> UserResponse | None:
        request = record.request
        if not isinstance(request, UserRequest):
            if not request.reply_key:
                return None
            return UserResponse(request_id=request.request_id, status=200, result=reserved)
        if request.reply_key and answering_chunks.wait(30):
            return UserResponse(request_id=request.request_id, status=200, result="{}")
        return None

    with endpoint(answering, folder, deadline_s=60) as running:
        batch = Thread(target=running.app.test_client().post, args=(f"/payment/batch_init/{count}/7",))
        batch.start()
        yield running
        answering_chunks.set()
        batch.join(60)


def test_only_the_last_of_each_partition_of_a_chunk_asks_for_a_reply(tmp_path: Path) -> None:
    answered = Event()
    answered.set()
    with filling(answered, tmp_path, CHUNK + 20) as running:
        pass
    written = [record for record in running.client.sent if record.topic == "users"]
    assert [record.key for record in written] == [str(user).encode() for user in range(CHUNK + 20)]
    for chunk in (written[:CHUNK], written[CHUNK:]):
        last = {partition(record.key, 16): record.key for record in chunk}
        assert {record.key for record in chunk if record.request.reply_key} == set(last.values())
    assert len(running.waiting_requests) == 0


def test_a_second_batch_meanwhile_is_refused(tmp_path: Path) -> None:
    answered = Event()
    with filling(answered, tmp_path, 20) as running:
        while not any(record.topic == "users" for record in list(running.client.sent)):
            pass
        assert running.app.test_client().post("/payment/batch_init/1/1").status_code == 503
        answered.set()


def outcome_of(accepted: TestResponse, http: FlaskClient) -> TestResponse:
    """Look an accepted batch up until it is no longer pending."""
    done: list[int] = []

    def ended() -> TestResponse | None:
        answer = http.get(accepted.location)
        if answer.status_code != 202:
            return answer
        done.append(answer.json["done"] if answer.json else -1)
        return None

    outcome = eventually(ended, 30)
    assert outcome is not None
    assert done == sorted(done)
    return outcome


def test_an_accepted_batch_is_pending_until_every_user_has_the_credit(http: FlaskClient) -> None:
    count = 5 * CHUNK
    accepted = http.post(f"/payment/batch_init/{count}/7", headers={"Prefer": "respond-async"})
    assert (accepted.status_code, accepted.headers["Preference-Applied"]) == (202, "respond-async")
    assert accepted.json == {"result": "accepted", "request_id": accepted.location.rsplit("/", 1)[1]}
    first = http.get(accepted.location)
    assert first.json is not None
    assert (first.status_code, first.json["result"], first.json["of"]) == (202, "pending", count)
    assert 0 <= first.json["done"] < count
    outcome = outcome_of(accepted, http)
    assert outcome.status_code == 200
    assert outcome.json == {"msg": f"The users 0..{count - 1} have a credit of 7 each."}
    assert http.get(f"/payment/find_user/{count - 1}").json == {"user_id": str(count - 1), "credit": 7}


def applied_by(functions: LocalFunctions, record: Sent) -> UserResponse | None:
    """Return the reply of *functions* to *record*."""
    records = functions.apply(Record(record.topic, record.key.decode(), record.value))
    return next((UserResponse.FromString(one.value) for one in records if one.topic == USER_EVENTS), None)


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "k"}])
def test_a_batch_past_the_deadline_is_504_with_its_progress_and_goes_on(
    tmp_path: Path, headers: dict[str, str]
) -> None:
    functions, past_the_deadline = LocalFunctions(), Event()

    def slow_after_1000(record: Sent) -> UserResponse | None:
        if record.key == b"1500":
            past_the_deadline.wait(30)
        return applied_by(functions, record)

    with endpoint(slow_after_1000, tmp_path, deadline_s=1) as running:
        http = running.app.test_client()
        answer = http.post("/payment/batch_init/3000/7", headers=headers)
        past_the_deadline.set()
        assert (answer.status_code, answer.json and answer.json["error"]) == (504, "timeout")
        assert answer.json is not None
        assert "of 3000 users have their credit" in answer.json["detail"]
        assert "nothing was changed" not in answer.json["detail"]
        assert outcome_of(answer, http).status_code == 200
        if headers:
            assert http.post("/payment/batch_init/3000/7", headers=headers).status_code == 200


def test_a_repeat_goes_on_where_an_ended_process_stopped(tmp_path: Path) -> None:
    functions = LocalFunctions()

    def dies_after_2000(record: Sent) -> UserResponse | None:
        is_late = record.topic == USERS and int(record.key) >= 2000
        return None if is_late else applied_by(functions, record)

    path, headers = "/payment/batch_init/3000/7", {"Idempotency-Key": "k"}
    with endpoint(dies_after_2000, tmp_path, deadline_s=3.0) as ended:
        assert ended.app.test_client().post(path, headers=headers).status_code == 504
    with endpoint(partial(applied_by, functions), tmp_path) as other:
        http = other.app.test_client()
        pending = http.get(f"/users/requests/create-{key_hash({'HTTP_IDEMPOTENCY_KEY': 'k'}).hex()}")
        assert (pending.status_code, pending.json) == (202, {"result": "pending", "done": 2000, "of": 3000})
        assert http.post("/payment/pay/5/7").status_code == 200
        assert http.post(path, headers=headers).status_code == 200
        assert http.get("/payment/find_user/5").json == {"user_id": "5", "credit": 0}
        written = [record for record in other.client.sent if isinstance(record.request, UserRequest)]
    assert {
        int(record.key) for record in written if record.request.WhichOneof("operation") == "initialise"
    } == {*range(2000, 3000)}


def test_a_batch_is_tried_again_after_kafka_did_not_take_a_record(tmp_path: Path) -> None:
    taken = Counter[str]()

    def full_once(record: Sent) -> UserResponse | None:
        taken[record.topic] += 1
        if record.topic == USERS and taken[USERS] == 991:
            unreachable(record)
        body = '{"batch": 1, "count": 1500, "credit": 1, "done": 0}'
        if not record.request.reply_key:
            return None
        return UserResponse(request_id=record.request.request_id, status=200, result=body)

    with endpoint(full_once, tmp_path) as running:
        answer = running.app.test_client().post("/payment/batch_init/1500/1")
        assert (answer.status_code, answer.json) == (
            200,
            {"msg": "The users 0..1499 have a credit of 1 each."},
        )
        assert len(running.waiting_requests) == 0
        assert taken[USERS] == 991 + 1500


def test_a_batch_that_cannot_be_reserved_changes_nothing(tmp_path: Path) -> None:
    with endpoint(unreachable, tmp_path) as running:
        answer = running.app.test_client().post("/payment/batch_init/5000/1")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
        assert {record.topic for record in running.client.sent} == {"users-create"}
        assert running.app.test_client().post("/payment/batch_init/1/1").json == answer.json
