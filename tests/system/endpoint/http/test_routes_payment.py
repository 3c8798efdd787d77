from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest
from flask.testing import FlaskClient

from system.endpoint.batches import CHUNK
from system.wire.partitioner import partition
from system.wire.users_pb2 import UserRequest, UserResponse
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

    def answering(record: Sent) -> UserResponse | None:
        request = record.request
        if not isinstance(request, UserRequest):
            return UserResponse(request_id=request.request_id, status=200, result='{"batch": 3, "count": 1}')
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


def test_a_batch_that_kafka_does_not_take_leaves_nothing_behind(tmp_path: Path) -> None:
    taken = Counter[str]()

    def full_after_a_while(record: Sent) -> UserResponse | None:
        taken[record.topic] += 1
        if taken["users"] > 990:
            unreachable(record)
        if record.topic == "users":
            return None
        return UserResponse(
            request_id=record.request.request_id, status=200, result='{"batch": 1, "count": 1}'
        )

    with endpoint(full_after_a_while, tmp_path) as running:
        answer = running.app.test_client().post("/payment/batch_init/5000/1")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
        assert len(running.waiting_requests) == 0
        assert taken["users"] == 991
