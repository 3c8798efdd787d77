"""Routes under /payment: an answer is 2xx or 4xx, and every 4xx is 400."""

import pytest

from tests.live_system import eventually
from tests.system.contract.client import Answer, ServiceClient
from tests.system.contract.test_repeats import new_key

pytestmark = pytest.mark.real


def test_a_user_is_created_funded_and_pays(client: ServiceClient) -> None:
    made = client.post("/payment/create_user")
    user = made.body["user_id"]
    assert (made.status, made.body) == (200, {"user_id": user})
    assert client.post(f"/payment/add_funds/{user}/5").status == 200
    assert client.post(f"/payment/pay/{user}/2").status == 200
    found = client.get(f"/payment/find_user/{user}")
    assert (found.status, found.body) == (200, {"user_id": user, "credit": 3})
    assert client.get(f"/users/find/{user}").body == found.body


def test_a_batch_sets_the_credit_of_each_user(client: ServiceClient, another: ServiceClient) -> None:
    for money in (7, 1):
        filled = client.post(f"/payment/batch_init/20/{money}")
        assert (filled.status, list(filled.body)) == (200, ["msg"])
        for user in range(20):
            assert another.get(f"/payment/find_user/{user}").body == {"user_id": str(user), "credit": money}
    assert int(client.post("/users/create").body["user_id"]) >= 20


def test_a_repeated_batch_changes_nothing(client: ServiceClient) -> None:
    key = new_key()
    first = client.post("/payment/batch_init/3/4", Idempotency_Key=key)
    assert client.post("/payment/pay/0/1").status == 200
    again = client.post("/payment/batch_init/3/4", Idempotency_Key=key)
    assert (again.status, again.body) == (200, first.body)
    assert client.get("/payment/find_user/0").body["credit"] == 3
    assert client.post("/payment/batch_init/3/5", Idempotency_Key=key).status == 400


def test_an_accepted_batch_can_be_looked_up_in_any_process(
    client: ServiceClient, another: ServiceClient
) -> None:
    accepted = client.post("/payment/batch_init/4000/6", Prefer="respond-async")
    assert (accepted.status, accepted.body["result"]) == (202, "accepted")
    seen = [reader.get(accepted.headers["location"]) for reader in (client, another)]
    for pending in (answer for answer in seen if answer.status == 202):
        assert (pending.body["result"], pending.body["of"]) == ("pending", 4000)
    for reader in (client, another):
        outcome = eventually(lambda: ended(reader.get(accepted.headers["location"])), 30)  # noqa: B023 - called here
        assert outcome == (200, {"msg": "The users 0..3999 have a credit of 6 each."})
    assert another.get("/payment/find_user/3999").body["credit"] == 6


def ended(answer: Answer) -> tuple[int, object] | None:
    """Return status and body of the answer to a look-up, None while the batch is in progress."""
    return None if answer.status == 202 else (answer.status, answer.body)


@pytest.mark.parametrize(
    ("method", "path", "error"),
    [
        ("GET", "/payment/find_user/nobody", "unknown_user"),
        ("POST", "/payment/add_funds/nobody/1", "unknown_user"),
        ("POST", "/payment/pay/nobody/1", "unknown_user"),
        ("POST", f"/payment/pay/{'9' * 65}/1", "unknown_user"),
        ("POST", "/payment/pay/{user}/11", "insufficient_credit"),
        ("POST", "/payment/pay/{user}/-1", "invalid_amount"),
        ("POST", "/payment/add_funds/{user}/x", "invalid_amount"),
        ("POST", f"/payment/add_funds/{{user}}/{2**63 - 1}", "credit_limit"),
        ("POST", "/payment/batch_init/0/1", "invalid_amount"),
        ("POST", "/payment/batch_init/1000001/1", "invalid_amount"),
        ("POST", "/payment/batch_init/1/-1", "invalid_amount"),
        ("POST", "/payment/batch_init/x/1", "invalid_amount"),
    ],
)
def test_a_failure_is_400(client: ServiceClient, user: str, method: str, path: str, error: str) -> None:
    answer = client.request(method, path.format(user=user))
    assert (answer.status, answer.error) == (400, error)
    assert client.get(f"/payment/find_user/{user}").body["credit"] == 10


def test_a_repeat_pays_once(client: ServiceClient, another: ServiceClient, user: str) -> None:
    key = new_key()
    for payer in (client, another):
        assert payer.post(f"/payment/pay/{user}/4", Idempotency_Key=key).body["credit"] == 6
    conflict = client.post(f"/payment/pay/{user}/5", Idempotency_Key=key)
    assert (conflict.status, conflict.error) == (400, "idempotency_conflict")


def test_an_unknown_route_is_404(client: ServiceClient) -> None:
    assert client.post("/payment/refund/0/1").status == 404
