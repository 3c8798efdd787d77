"""Waiting of a gevent greenlet, during which other greenlets run.

The reader is a native thread and may not switch greenlets. It appends the waiter to a deque and signals the
event loop's async watcher, the only part of the loop that another thread may use; the loop then switches.
"""

from collections import deque
from typing import Any

from gevent import get_hub
from gevent.hub import Waiter

from system.endpoint.messages import Outcome


class GeventWaiter:
    """The wait of one greenlet."""

    __slots__ = ("_kind", "_switch", "outcome")

    def __init__(self, kind: "GeventWaiting") -> None:
        self._kind = kind
        self._switch = Waiter(kind.hub)
        self.outcome: Outcome | None = None

    def wait(self, timeout_s: float) -> None:
        """Let other greenlets run until woken, or for *timeout_s*."""
        timer = self._kind.hub.loop.timer(timeout_s)
        timer.start(self._switch.switch, None)
        try:
            self._switch.get()
        finally:
            timer.stop()
            timer.close()

    def wake(self) -> None:
        """Have the event loop switch to the greenlet."""
        self._kind.schedule(self)

    def switch(self) -> None:
        """Switch to the greenlet; called by the event loop."""
        self._switch.switch(None)

    def close(self) -> None:
        """Do nothing: the wait holds no resources."""


class GeventWaiting:
    """Waits of the greenlets of this thread's event loop."""

    def __init__(self) -> None:
        self.hub: Any = get_hub()
        self._woken: deque[GeventWaiter] = deque()
        self._async_watcher = self.hub.loop.async_(ref=False)
        self._async_watcher.start(self._switch_to_woken)

    def waiter(self) -> GeventWaiter:
        """Return a waiter for one request."""
        return GeventWaiter(self)

    def schedule(self, waiter: GeventWaiter) -> None:
        """Have the event loop switch to *waiter*; called from any thread."""
        self._woken.append(waiter)
        self._async_watcher.send()

    def _switch_to_woken(self) -> None:
        while self._woken:
            self._woken.popleft().switch()
