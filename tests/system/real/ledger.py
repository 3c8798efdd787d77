"""Ledger of users whose credit is raised repeatedly, and the credit that each may have in the end."""

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from tests.live_system import LiveSystem, eventually, request
from tests.meanwhile import meanwhile

PAUSE_S = 0.01


@dataclass
class Account:
    """One user: how many additions were *answered* with success, and of how many the outcome is *unknown*."""

    user_id: str
    answered: int = 0
    unknown: int = 0


class AdditionLedger:
    """Adds 1 to the credit of *users* new users of *system*, a thread per user, during `adding`."""

    def __init__(self, system: LiveSystem, users: int) -> None:
        self._system = system
        self._over = threading.Event()
        self.accounts = [Account(system.request("POST", "/users/create")[1]["user_id"]) for _ in range(users)]

    @contextmanager
    def adding(self) -> Iterator[None]:
        """Add during the block, and until the last answer."""
        with meanwhile(self._over, [partial(self._add, account) for account in self.accounts]):
            yield

    def wait_for_answers(self, count: int) -> None:
        """Wait until each user has *count* more answers."""
        wanted = [account.answered + count for account in self.accounts]
        eventually(lambda: all(a.answered >= w for a, w in zip(self.accounts, wanted, strict=True)))

    def imbalances(self) -> list[str]:
        """Return a line for each user whose credit contradicts the answers."""
        return [line for account in self.accounts if (line := self._imbalance(account))]

    def _add(self, account: Account) -> None:
        path = f"/users/credit/add/{account.user_id}/1"
        while not self._over.wait(PAUSE_S):
            status = answered_status(self._system, path)
            account.answered += status == 200
            account.unknown += status in {None, 504, 503}

    def _imbalance(self, account: Account) -> str | None:
        credit = self._system.request("GET", f"/users/find/{account.user_id}")[1]["credit"]
        if account.answered <= credit <= account.answered + account.unknown:
            return None
        return f"credit {credit} of {account}"


def answered_status(system: LiveSystem, path: str) -> int | None:
    """Return the status of the answer to a POST of *path*, None if there was none."""
    try:
        return request(system.endpoint, "POST", path)[0]
    except (OSError, http.client.HTTPException):
        return None
