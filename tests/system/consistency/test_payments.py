"""A thousand payments at once, judged for each user: a sum would not see a swap between two of them."""

import random
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from tests.live_system import LiveSystem
from tests.system.consistency.at_once import Line, all_at_once, ask

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
    found = all_at_once(address, [ask("GET", f"/payment/find_user/{user}") for user in range(USERS)])
    assert {told.status for told in found} == {200}
    return {told.body["user_id"]: told.body["credit"] for told in found}


def test_each_of_a_thousand_users_pays_once(address: str) -> None:
    paid = all_at_once(address, [ask("POST", f"/payment/pay/{user}/1") for user in range(USERS)])
    assert {told.status for told in paid} == {200}
    assert [told.body["user_id"] for told in paid] == [str(user) for user in range(USERS)]
    assert credits_of_all(address) == {str(user): 0 for user in range(USERS)}


def test_of_a_thousand_payments_of_random_users_each_user_makes_one(address: str) -> None:
    payers = random.Random(SEED).choices(range(USERS), k=USERS)
    told = all_at_once(address, [ask("POST", f"/payment/pay/{user}/1") for user in payers])
    assert {answer.status for answer in told} == {200, 400}
    paid = Counter(str(user) for user, answer in zip(payers, told, strict=True) if answer.status == 200)
    assert paid == {str(user): 1 for user in set(payers)}
    assert {answer.body["error"] for answer in told if answer.status == 400} == {"insufficient_credit"}
    assert credits_of_all(address) == {str(user): 1 - paid[str(user)] for user in range(USERS)}


class Shop:
    """The rest of the course's benchmark: one item that costs 1, a stock, and a log of what was sold."""

    def __init__(self, stock: int) -> None:
        self.stock = stock
        self.sold: Counter[str] = Counter()

    def checkout(self, user: str) -> Callable[[Line], Coroutine[Any, Any, str]]:
        """Return the talk by which *user* pays for an item, and is paid back where none is left."""

        async def talk(line: Line) -> str:
            paid = await line.ask("POST", f"/payment/pay/{user}/1")
            if paid.status == 400:
                return "no credit"
            assert paid.status == 200, paid
            if self.stock == 0:
                repaid = await line.ask("POST", f"/payment/add_funds/{user}/1")
                assert repaid.status == 200, repaid
                return "no stock"
            self.stock -= 1
            self.sold[user] += 1
            return "sold"

        return talk


def test_a_thousand_checkouts_of_a_hundred_items_leave_each_user_with_what_the_log_says(address: str) -> None:
    shop = Shop(STOCK)
    buyers = random.Random(SEED).choices(range(USERS), k=USERS)
    outcomes = Counter(all_at_once(address, [shop.checkout(str(user)) for user in buyers]))
    assert (shop.stock, outcomes["sold"], outcomes.total()) == (0, STOCK, USERS)
    assert max(shop.sold.values()) == 1
    assert credits_of_all(address) == {str(user): 1 - shop.sold[str(user)] for user in range(USERS)}
