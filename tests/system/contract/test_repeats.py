"""Repeats under a key, and requests whose answer is read later: on the same process and on another."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count
from uuid import uuid4

import pytest

from tests.live_system import eventually
from tests.system.contract.asking import Answer, Asker, asking
from tests.system.contract.conftest import ONE, Service, named

pytestmark = pytest.mark.real

REMEMBERED = 1000
CONNECTIONS = 16


def new_key() -> str:
    return uuid4().hex


def test_a_repeat_answers_as_the_first_did_and_changes_nothing(
    asker: Asker, another: Asker, user: str
) -> None:
    for path in (
        f"/users/credit/add/{user}/5",
        f"/users/credit/subtract/{user}/3",
        f"/users/credit/subtract/{user}/99",
    ):
        key = new_key()
        first = asker.post(path, Idempotency_Key=key)
        assert asker.post("/users/create").status == 201  # Something else between.
        for repeat in (asker.post(path, Idempotency_Key=key), another.post(path, Idempotency_Key=key)):
            assert (repeat.status, repeat.body) == (first.status, first.body)
    assert asker.get(f"/users/find/{user}").body["credit"] == 12


def test_a_repeated_create_makes_one_user(asker: Asker, another: Asker) -> None:
    key = new_key()
    first = asker.post("/users/create", Idempotency_Key=key)
    for repeat in (
        asker.post("/users/create", Idempotency_Key=key),
        another.post("/users/create", Idempotency_Key=key),
    ):
        assert (repeat.status, repeat.body) == (201, first.body)
        assert repeat.headers["location"] == first.headers["location"]
    assert int(asker.post("/users/create").body["user_id"]) == int(first.body["user_id"]) + 1


def test_a_repeated_removal_succeeds_again(asker: Asker, user: str) -> None:
    headers = {"Idempotency-Key": new_key()}
    for _ in range(2):
        assert asker.ask("DELETE", f"/users/remove/{user}", headers).status == 200
    assert asker.ask("DELETE", f"/users/remove/{user}").status == 404


def test_a_key_of_another_request_is_a_conflict(asker: Asker, user: str) -> None:
    key = new_key()
    assert asker.post(f"/users/credit/add/{user}/5", Idempotency_Key=key).status == 200
    for path in (f"/users/credit/add/{user}/6", f"/users/credit/subtract/{user}/5"):
        answer = asker.post(path, Idempotency_Key=key)
        assert (answer.status, answer.error) == (422, "idempotency_conflict")
    assert asker.get(f"/users/find/{user}").body["credit"] == 15


@pytest.mark.parametrize("key", ["", "k" * 256, "caf\xe9", "a\tb"])
def test_a_key_that_is_none_is_refused(asker: Asker, user: str, key: str) -> None:
    answer = asker.post(f"/users/credit/add/{user}/5", Idempotency_Key=key)
    assert (answer.status, answer.error) == (400, "invalid_id")
    assert asker.post("/users/create", Idempotency_Key=key).status == 400
    assert asker.get(f"/users/find/{user}").body["credit"] == 10


def test_an_accepted_request_is_read_by_any_process(asker: Asker, another: Asker, user: str) -> None:
    path = f"/users/credit/add/{user}/5"
    accepted = asker.post(path, Prefer="respond-async")
    assert (accepted.status, accepted.headers["preference-applied"]) == (202, "respond-async")
    request_id = accepted.body["request_id"]
    assert accepted.body == {"result": "accepted", "request_id": request_id}
    assert accepted.headers["location"] == f"/users/requests/{request_id}"
    assert request_id.startswith(f"{user}-")
    for reader in (asker, another):
        outcome = looked_up(reader, accepted)
        assert (outcome.status, outcome.body) == (200, {"result": "success", "user_id": user, "credit": 15})


def test_an_accepted_create_tells_its_user(asker: Asker, another: Asker) -> None:
    key = new_key()
    accepted = asker.post("/users/create", Prefer="respond-async", Idempotency_Key=key)
    assert accepted.body["request_id"].startswith("create-")
    outcome = looked_up(another, accepted)
    user = outcome.body["user_id"]
    assert (outcome.status, outcome.headers["location"]) == (201, f"/users/find/{user}")
    assert asker.post("/users/create", Idempotency_Key=key).body == {"user_id": user}


def test_an_accepted_request_that_fails_tells_how(asker: Asker, another: Asker, user: str) -> None:
    accepted = asker.post(f"/users/credit/subtract/{user}/11", Prefer="respond-async")
    outcome = looked_up(another, accepted)
    assert (outcome.status, outcome.error) == (400, "insufficient_credit")


@pytest.mark.parametrize(
    "request_id", ["nothing", "create-0123456789abcdef", "create-xyz", "-0123456789abcdef", "%00"]
)
def test_a_request_that_never_was_is_not_found(asker: Asker, request_id: str) -> None:
    answer = asker.get(f"/users/requests/{request_id}")
    assert (answer.status, answer.error) == (404, "invalid_id")


def test_a_request_that_a_user_never_got_is_not_found(asker: Asker, user: str) -> None:
    assert asker.get(f"/users/requests/{user}-0123456789abcdef").error == "invalid_id"
    assert asker.get("/users/requests/nobody-0123456789abcdef").status == 404


@pytest.mark.parametrize("service", ONE, indirect=True, ids=named)
def test_a_thousand_later_keyed_requests_do_not_hide_one(
    service: Service, asker: Asker, another: Asker, user: str
) -> None:
    for path, repeated in ((f"/users/credit/add/{user}/0", 200), ("/users/create", 201)):
        key = new_key()
        accepted = asker.post(path, Prefer="respond-async", Idempotency_Key=key)
        first = looked_up(asker, accepted)
        ask_keyed(service.address, path, REMEMBERED)
        repeat = another.post(path, Idempotency_Key=key)
        assert (repeat.status, repeat.body) == (repeated, first.body)
        assert asker.get(accepted.headers["location"]).body == first.body
        ask_keyed(service.address, path, 1)
        assert asker.get(accepted.headers["location"]).status == 404


def ask_keyed(address: str, path: str, times: int) -> None:
    """Have *path* asked under so many new keys."""
    numbers = count()

    def ask_some(_: int) -> None:
        with asking(address) as asker:
            while next(numbers) < times:
                assert asker.post(path, Idempotency_Key=new_key()).status < 300

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(ask_some, range(CONNECTIONS)))


def looked_up(reader: Asker, accepted: Answer) -> Answer:
    """Return what became of an accepted request; it may not be in the log yet when 202 is answered."""

    def outcome() -> Answer | None:
        answer = reader.get(accepted.headers["location"])
        return None if answer.error == "invalid_id" else answer

    found = eventually(outcome, within_s=10)
    assert found is not None
    return found
