"""Repeats with a key, and asynchronous requests, on the same process and on another one."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count
from uuid import uuid4

import pytest

from tests.live_system import eventually
from tests.system.contract.client import Answer, ServiceClient, connected
from tests.system.contract.conftest import ONE, Service, named

pytestmark = pytest.mark.real

REMEMBERED = 1000
CONNECTIONS = 16


def new_key() -> str:
    return uuid4().hex


def test_a_repeat_gets_the_same_answer_and_changes_nothing(
    client: ServiceClient, another: ServiceClient, user: str
) -> None:
    for path in (
        f"/users/credit/add/{user}/5",
        f"/users/credit/subtract/{user}/3",
        f"/users/credit/subtract/{user}/99",
    ):
        key = new_key()
        first = client.post(path, Idempotency_Key=key)
        assert client.post("/users/create").status == 201  # Something else between.
        for repeat in (client.post(path, Idempotency_Key=key), another.post(path, Idempotency_Key=key)):
            assert (repeat.status, repeat.body) == (first.status, first.body)
    assert client.get(f"/users/find/{user}").body["credit"] == 12


def test_a_repeated_create_creates_one_user(client: ServiceClient, another: ServiceClient) -> None:
    key = new_key()
    first = client.post("/users/create", Idempotency_Key=key)
    for repeat in (
        client.post("/users/create", Idempotency_Key=key),
        another.post("/users/create", Idempotency_Key=key),
    ):
        assert (repeat.status, repeat.body) == (201, first.body)
        assert repeat.headers["location"] == first.headers["location"]
    assert int(client.post("/users/create").body["user_id"]) == int(first.body["user_id"]) + 1


def test_a_repeated_removal_succeeds_again(client: ServiceClient, user: str) -> None:
    headers = {"Idempotency-Key": new_key()}
    for _ in range(2):
        assert client.request("DELETE", f"/users/remove/{user}", headers).status == 200
    assert client.request("DELETE", f"/users/remove/{user}").status == 404


def test_a_key_of_another_request_is_a_conflict(client: ServiceClient, user: str) -> None:
    key = new_key()
    assert client.post(f"/users/credit/add/{user}/5", Idempotency_Key=key).status == 200
    for path in (f"/users/credit/add/{user}/6", f"/users/credit/subtract/{user}/5"):
        answer = client.post(path, Idempotency_Key=key)
        assert (answer.status, answer.error) == (422, "idempotency_conflict")
    assert client.get(f"/users/find/{user}").body["credit"] == 15


@pytest.mark.parametrize("key", ["", "k" * 256, "caf\xe9", "a\tb"])
def test_an_invalid_key_is_refused(client: ServiceClient, user: str, key: str) -> None:
    answer = client.post(f"/users/credit/add/{user}/5", Idempotency_Key=key)
    assert (answer.status, answer.error) == (400, "invalid_id")
    assert client.post("/users/create", Idempotency_Key=key).status == 400
    assert client.get(f"/users/find/{user}").body["credit"] == 10


def test_an_accepted_request_can_be_looked_up_in_any_process(
    client: ServiceClient, another: ServiceClient, user: str
) -> None:
    path = f"/users/credit/add/{user}/5"
    accepted = client.post(path, Prefer="respond-async")
    assert (accepted.status, accepted.headers["preference-applied"]) == (202, "respond-async")
    request_id = accepted.body["request_id"]
    assert accepted.body == {"result": "accepted", "request_id": request_id}
    assert accepted.headers["location"] == f"/users/requests/{request_id}"
    assert request_id.startswith(f"{user}-")
    for reader in (client, another):
        outcome = looked_up(reader, accepted)
        assert (outcome.status, outcome.body) == (200, {"result": "success", "user_id": user, "credit": 15})


def test_the_look_up_of_an_accepted_create_returns_its_user(
    client: ServiceClient, another: ServiceClient
) -> None:
    key = new_key()
    accepted = client.post("/users/create", Prefer="respond-async", Idempotency_Key=key)
    assert accepted.body["request_id"].startswith("create-")
    outcome = looked_up(another, accepted)
    user = outcome.body["user_id"]
    assert (outcome.status, outcome.headers["location"]) == (201, f"/users/find/{user}")
    assert client.post("/users/create", Idempotency_Key=key).body == {"user_id": user}


def test_the_look_up_of_an_accepted_request_returns_its_failure(
    client: ServiceClient, another: ServiceClient, user: str
) -> None:
    accepted = client.post(f"/users/credit/subtract/{user}/11", Prefer="respond-async")
    outcome = looked_up(another, accepted)
    assert (outcome.status, outcome.error) == (400, "insufficient_credit")


@pytest.mark.parametrize(
    "request_id", ["nothing", "create-0123456789abcdef", "create-xyz", "-0123456789abcdef", "%00"]
)
def test_an_unknown_request_is_not_found(client: ServiceClient, request_id: str) -> None:
    answer = client.get(f"/users/requests/{request_id}")
    assert (answer.status, answer.error) == (404, "invalid_id")


def test_a_request_that_was_not_sent_to_the_user_is_not_found(client: ServiceClient, user: str) -> None:
    assert client.get(f"/users/requests/{user}-0123456789abcdef").error == "invalid_id"
    assert client.get("/users/requests/nobody-0123456789abcdef").status == 404


@pytest.mark.parametrize("service", ONE, indirect=True, ids=named)
def test_a_request_is_remembered_across_a_thousand_later_keyed_ones(
    service: Service, client: ServiceClient, another: ServiceClient, user: str
) -> None:
    for path, repeated in ((f"/users/credit/add/{user}/0", 200), ("/users/create", 201)):
        key = new_key()
        accepted = client.post(path, Prefer="respond-async", Idempotency_Key=key)
        first = looked_up(client, accepted)
        send_keyed(service.address, path, REMEMBERED)
        repeat = another.post(path, Idempotency_Key=key)
        assert (repeat.status, repeat.body) == (repeated, first.body)
        assert client.get(accepted.headers["location"]).body == first.body
        send_keyed(service.address, path, 1)
        assert client.get(accepted.headers["location"]).status == 404


def send_keyed(address: str, path: str, times: int) -> None:
    """Send *times* POST requests with new keys to *path*."""
    numbers = count()

    def send_some(_: int) -> None:
        with connected(address) as client:
            while next(numbers) < times:
                assert client.post(path, Idempotency_Key=new_key()).status < 300

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(send_some, range(CONNECTIONS)))


def looked_up(reader: ServiceClient, accepted: Answer) -> Answer:
    """Return the outcome of an accepted request, which may not be in the log when 202 is answered."""

    def outcome() -> Answer | None:
        answer = reader.get(accepted.headers["location"])
        return None if answer.error == "invalid_id" else answer

    found = eventually(outcome, within_s=10)
    assert found is not None
    return found
