from pathlib import Path

import pytest
from flask.testing import FlaskClient

from system.endpoint import messages
from tests.system.endpoint.doubles import endpoint, lost, never, replies

ASYNC = {"Prefer": "respond-async"}


def test_a_user_is_created_read_changed_and_removed(http: FlaskClient) -> None:
    made = http.post("/users/create")
    assert (made.status_code, made.json, made.headers["Location"]) == (201, {"user_id": "0"}, "/users/find/0")
    assert http.get("/users/find/0").json == {"user_id": "0", "credit": 0}
    added = {"result": "success", "user_id": "0", "credit": 5}
    assert http.post("/users/credit/add/0/5").json == added
    assert http.post("/users/credit/subtract/0/2").json == {**added, "credit": 3}
    assert http.get("/users/credit/0").json == {"user_id": "0", "credit": 3}
    assert http.delete("/users/remove/0").json == {"result": "success"}
    assert http.get("/users/find/0").status_code == 404
    assert http.post("/users/create").json == {"user_id": "1"}


NOBODY = [
    "0",
    "007",
    "-1",
    "abc",
    "%FF",
    "%00",
    "%0D%0A",
    "%F0%9F%98%80",
    "..",
    "9" * 64,
    "9" * 65,
    "x" * 5000,
]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/users/find/{}"),
        ("GET", "/users/credit/{}"),
        ("DELETE", "/users/remove/{}"),
        ("POST", "/users/credit/add/{}/1"),
        ("POST", "/users/credit/subtract/{}/1"),
    ],
)
def test_an_id_that_was_never_assigned_is_an_unknown_user(method: str, path: str, http: FlaskClient) -> None:
    for user_id in NOBODY:
        answer = http.open(path.format(user_id), method=method)
        assert answer.json is not None
        assert (answer.status_code, answer.json["result"], answer.json["error"]) == (
            404,
            "failure",
            "unknown_user",
        )


def test_for_an_overlong_id_no_record_is_sent(tmp_path: Path) -> None:
    with endpoint(never, tmp_path) as running:
        assert running.app.test_client().get("/users/find/" + "9" * 65).status_code == 404
    assert running.client.sent == []


@pytest.mark.parametrize("change", ["add", "subtract"])
def test_an_invalid_amount_changes_nothing(change: str, http: FlaskClient) -> None:
    http.post("/users/create")
    for amount in ("+5", "5.0", "%205", "-1", "abc", "9" * 20, str(2**63), "%D9%A5", "%00"):
        answer = http.post(f"/users/credit/{change}/0/{amount}")
        assert answer.json is not None
        assert (answer.status_code, answer.json["error"]) == (400, "invalid_amount")
    assert http.get("/users/credit/0").json == {"user_id": "0", "credit": 0}


def test_the_credit_stays_within_its_limits(http: FlaskClient) -> None:
    http.post("/users/create")
    assert http.post(f"/users/credit/add/0/{2**63 - 1}").status_code == 200
    past = http.post("/users/credit/add/0/1")
    assert past.json is not None
    assert (past.status_code, past.json["error"]) == (400, "credit_limit")
    http.post("/users/create")
    below = http.post("/users/credit/subtract/1/1")
    assert below.json is not None
    assert (below.status_code, below.json["error"]) == (400, "insufficient_credit")


def test_a_repeat_answers_as_the_first_did_and_applies_nothing(http: FlaskClient) -> None:
    key = {"Idempotency-Key": "k"}
    assert [http.post("/users/create", headers=key).data for _ in range(2)] == [b'{"user_id": "0"}'] * 2
    answers = [http.post("/users/credit/add/0/5", headers=key) for _ in range(2)]
    assert answers[0].data == answers[1].data
    other = http.post("/users/credit/add/0/6", headers=key)
    assert other.json is not None
    assert (other.status_code, other.json["error"]) == (422, "idempotency_conflict")
    assert http.get("/users/credit/0").json == {"user_id": "0", "credit": 5}


@pytest.mark.parametrize("key", ["", "x" * 256, "cl\xe9"])
def test_a_malformed_key_is_refused(key: str, http: FlaskClient) -> None:
    answer = http.post("/users/create", headers={"Idempotency-Key": key})
    assert answer.json is not None
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_id")


@pytest.mark.parametrize("key", [{}, {"Idempotency-Key": "k"}])
def test_an_accepted_request_can_be_looked_up(key: dict[str, str], http: FlaskClient) -> None:
    accepted = http.post("/users/create", headers=ASYNC | key)
    assert (accepted.status_code, accepted.headers["Preference-Applied"]) == (202, "respond-async")
    assert accepted.json is not None
    assert accepted.headers["Location"] == f"/users/requests/{accepted.json['request_id']}"
    made = http.get(accepted.headers["Location"])
    assert (made.status_code, made.json, made.headers["Location"]) == (201, {"user_id": "0"}, "/users/find/0")
    added = http.post("/users/credit/add/0/5", headers=ASYNC | key)
    assert http.get(added.headers["Location"]).json == {"result": "success", "user_id": "0", "credit": 5}
    failed = http.post("/users/credit/subtract/0/6", headers=ASYNC)
    assert http.get(failed.headers["Location"]).status_code == 400
    removed = http.delete("/users/remove/0", headers=ASYNC)
    assert http.get(removed.headers["Location"]).json == {"result": "success"}


def test_a_request_that_waits_shows_under_its_key_too(http: FlaskClient) -> None:
    key = {"Idempotency-Key": "k"}
    location = http.post("/users/create", headers=key | ASYNC).headers["Location"]
    assert http.post("/users/create", headers=key).json == http.get(location).json


def test_an_unknown_request_id_is_404(http: FlaskClient) -> None:
    http.post("/users/create")
    for request_id in ("x", "0-", "-" + "0" * 16, "0-" + "0" * 16, "create-" + "f" * 16, "0-" + "F" * 16):
        answer = http.get(f"/users/requests/{request_id}")
        assert answer.json is not None
        assert (answer.status_code, answer.json["error"]) == (404, "invalid_id")


def test_a_get_ignores_preferences_and_keys(http: FlaskClient) -> None:
    http.post("/users/create")
    assert http.get("/users/find/0", headers=ASYNC | {"Idempotency-Key": ""}).status_code == 200


def test_an_accepted_request_asks_for_no_reply_and_does_not_wait(tmp_path: Path) -> None:
    with endpoint(never, tmp_path, deadline_s=100) as running:
        assert running.app.test_client().post("/users/create", headers=ASYNC).status_code == 202
        assert len(running.waiting_requests) == 0
    request = running.client.sent[0].request
    assert (request.reply_key, len(request.idempotency_key)) == ("", 8)


def test_no_reply_is_504_and_says_how_to_go_on(tmp_path: Path) -> None:
    with endpoint(never, tmp_path, deadline_s=0.01) as running:
        answer = running.app.test_client().post("/users/credit/add/0/1")
    assert answer.json is not None
    assert (answer.status_code, answer.json["error"]) == (504, "timeout")
    assert running.client.sent[0].request.request_id in answer.json["detail"]


def test_a_broker_that_is_gone_is_503_and_when_to_come_back(tmp_path: Path) -> None:
    with endpoint(lost(stored=False), tmp_path) as running:
        answer = running.app.test_client().post("/users/create")
    assert answer.json is not None
    assert (answer.status_code, answer.json["error"], answer.headers["Retry-After"]) == (
        503,
        "unavailable",
        "1",
    )


def test_beyond_the_bound_is_503_and_when_to_come_back(tmp_path: Path) -> None:
    with endpoint(never, tmp_path, deadline_s=100, max_waiting=1) as running:
        running.requester.send("users", "0", messages.find())
        answer = running.app.test_client().get("/users/find/0")
    assert answer.json is not None
    assert (answer.status_code, answer.json["error"], answer.headers["Retry-After"]) == (
        503,
        "overloaded",
        "1",
    )


def test_a_reply_is_passed_on_as_it_came(tmp_path: Path) -> None:
    with endpoint(replies(200, '{"user_id" : "1"  }'), tmp_path) as running:
        answer = running.app.test_client().get("/users/find/1")
    assert answer.data == b'{"user_id" : "1"  }'
