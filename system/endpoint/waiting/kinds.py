"""How a handler waits for its reply: what it blocks meanwhile, and what wakes it."""

from typing import Protocol

from system.catalogue import Catalogue
from system.endpoint.replies import Outcome


class Waiter(Protocol):
    """One request's wait. It is woken once at most, from a native thread, perhaps before it waits."""

    outcome: Outcome | None

    def wait(self, timeout_s: float) -> None:
        """Return when woken, or after *timeout_s*."""

    def wake(self) -> None:
        """Wake the one that waits, from any native thread."""

    def close(self) -> None:
        """Give back what the wait held."""


class WaitingKind(Protocol):
    """A way to wait, opened in the thread that serves."""

    def waiter(self) -> Waiter:
        """Return a new wait."""


WAITING: Catalogue[type[WaitingKind]] = Catalogue(
    kind="way of waiting",
    rows={
        "thread": "system.endpoint.waiting.thread:ThreadWaiting",
        "gevent": "system.endpoint.waiting.gevent:GeventWaiting",
        "meinheld": "system.endpoint.waiting.meinheld:MeinheldWaiting",
    },
    group="statefun_bench.waiting",
)
