"""A handler that holds a thread of its own while it waits."""

from collections.abc import Callable

from system.concurrency import Lock, original
from system.endpoint.replies import Outcome


class ThreadWaiter:
    """A wait on a bare lock, which costs a tenth of what an event does."""

    __slots__ = ("_lock", "outcome")

    def __init__(self, lock: Lock) -> None:
        lock.acquire()
        self._lock = lock
        self.outcome: Outcome | None = None

    def wait(self, timeout_s: float) -> None:
        """Return when woken, or after *timeout_s*."""
        self._lock.acquire(timeout=timeout_s)

    def wake(self) -> None:
        """Wake the thread that waits."""
        self._lock.release()

    def close(self) -> None:
        """Hold nothing."""


class ThreadWaiting:
    """Waits that block one native thread each."""

    def __init__(self) -> None:
        self._new_lock: Callable[[], Lock] = original("_thread", "allocate_lock")

    def waiter(self) -> ThreadWaiter:
        """Return a new wait."""
        return ThreadWaiter(self._new_lock())
