"""Waiting that blocks a native thread per request."""

from collections.abc import Callable

from system.concurrency import Lock, original
from system.endpoint.messages import Outcome


class ThreadWaiter:
    """The wait of one thread, on a bare lock: a tenth of the cost of an event."""

    __slots__ = ("_lock", "outcome")

    def __init__(self, lock: Lock) -> None:
        lock.acquire()
        self._lock = lock
        self.outcome: Outcome | None = None

    def wait(self, timeout_s: float) -> None:
        """Return when woken, or after *timeout_s*."""
        self._lock.acquire(timeout=timeout_s)

    def wake(self) -> None:
        """Wake the thread."""
        self._lock.release()

    def close(self) -> None:
        """Do nothing: the wait holds no resources."""


class ThreadWaiting:
    """Waits that block one native thread per request."""

    def __init__(self) -> None:
        self._new_lock: Callable[[], Lock] = original("_thread", "allocate_lock")

    def waiter(self) -> ThreadWaiter:
        """Return a waiter for one request."""
        return ThreadWaiter(self._new_lock())
