"""Interface and catalogue of the ways in which a handler waits for its reply."""

from typing import Protocol

from system.catalogue import Catalogue
from system.endpoint.messages import Outcome


class Waiter(Protocol):
    """The wait of one request. It is woken at most once, from a native thread, perhaps before it waits."""

    outcome: Outcome | None

    def wait(self, timeout_s: float) -> None:
        """Return when woken, or after *timeout_s*."""

    def wake(self) -> None:
        """End the wait; called from any native thread."""

    def close(self) -> None:
        """Release the resources of the wait."""


class WaitingKind(Protocol):
    """A way to wait; created in the thread that serves."""

    def waiter(self) -> Waiter:
        """Return a waiter for one request."""


WAITING: Catalogue[type[WaitingKind]] = Catalogue(
    kind="way of waiting",
    rows={
        "thread": "system.endpoint.waiting.thread:ThreadWaiting",
        "gevent": "system.endpoint.waiting.gevent:GeventWaiting",
        "meinheld": "system.endpoint.waiting.meinheld:MeinheldWaiting",
    },
    group="statefun_bench.waiting",
)
