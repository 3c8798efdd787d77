"""A thousand simultaneous payments, checked per user: a sum would not show a swap between two users."""

import random
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from tests.live_system import LiveSystem
from tests.system.consistency.simultaneous import Connection, one_request, simultaneously

pytestmark = pytest.mark.real

USERS = 1000
SEED = 20
STOCK = 100


@pytest.fixture
def address(running_system: LiveSystem) -> str:
    """An endpoint whose users "0".."999" have a credit of 1 each."""
    status, _ = running_system.request("POST", f"/payment/batch_init/{USERS}/1")
    assert status == 200
    return running_system.endpoint


def credits_of_all(address: str) -> dict[str, int]:
    found = simultaneously(
        address, [one_request("GET", f"/payment/find_user/{user}") for user in range(USERS)]
    )
    assert {each.status for each in found} == {200}
    return {each.body["user_id"]: each.body["credit"] for each in found}


def test_each_of_a_thousand_users_pays_once(address: str) -> None:
    paid = simultaneously(address, [one_request("POST", f"/payment/pay/{user}/1") for user in range(USERS)])
    assert {each.status for each in paid} == {200}
    assert [each.body["user_id"] for each in paid] == [str(user) for user in range(USERS)]
    assert credits_of_all(address) == {str(user): 0 for user in range(USERS)}


def test_a_thousand_payments_of_random_users_succeed_once_per_user(address: str) -> None:
    payers = random.Random(SEED).choices(range(USERS), k=USERS)
    answers = simultaneously(address, [one_request("POST", f"/payment/pay/{user}/1") for user in payers])
    assert {answer.status for answer in answers} == {200, 400}
    paid = Counter(str(user) for user, answer in zip(payers, answers, strict=True) if answer.status == 200)
    assert paid == {str(user): 1 for user in set(payers)}
    assert {answer.body["error"] for answer in answers if answer.status == 400} == {"insufficient_credit"}
    assert credits_of_all(address) == {str(user): 1 - paid[str(user)] for user in range(USERS)}


class Shop:
    """The other side of the course benchmark: an item that costs 1, its stock, and a log of the sales."""

    def __init__(self, stock: int) -> None:
        self.stock = stock
        self.sold: Counter[str] = Counter()

    def checkout(self, user: str) -> Callable[[Connection], Coroutine[Any, Any, str]]:
        """Return the task in which *user* pays for an item, and gets the money back if the stock is empty."""

        async def task(connection: Connection) -> str:
            paid = await connection.request("POST", f"/payment/pay/{user}/1")
            if paid.status == 400:
                return "no credit"
            assert paid.status == 200, paid
            if self.stock == 0:
                repaid = await connection.request("POST", f"/payment/add_funds/{user}/1")
                assert repaid.status == 200, repaid
                return "no stock"
            self.stock -= 1
            self.sold[user] += 1
            return "sold"

        return task


def test_after_a_thousand_checkouts_of_a_hundred_items_each_credit_matches_the_log(address: str) -> None:
    shop = Shop(STOCK)
    buyers = random.Random(SEED).choices(range(USERS), k=USERS)
    outcomes = Counter(simultaneously(address, [shop.checkout(str(user)) for user in buyers]))
    assert (shop.stock, outcomes["sold"], outcomes.total()) == (0, STOCK, USERS)
    assert max(shop.sold.values()) == 1
    assert credits_of_all(address) == {str(user): 1 - shop.sold[str(user)] for user in range(USERS)}
