"""A handler that is a greenlet of gevent's and lets the others run while it waits.

The reader is a native thread and may not switch greenlets. It appends the waiter to a deque and rings the
event loop's asynchronous watcher, the one thing of the loop that another thread may touch; the loop then
does the switch.
"""

from collections import deque
from typing import Any

from gevent import get_hub
from gevent.hub import Waiter

from system.endpoint.replies import Outcome


class GeventWaiter:
    """A wait of one greenlet."""

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
        self._kind.ring(self)

    def switch(self) -> None:
        """Continue the greenlet; called by the event loop."""
        self._switch.switch(None)

    def close(self) -> None:
        """Hold nothing."""


class GeventWaiting:
    """Waits of the greenlets of this thread's event loop."""

    def __init__(self) -> None:
        self.hub: Any = get_hub()
        self._woken: deque[GeventWaiter] = deque()
        self._bell = self.hub.loop.async_(ref=False)
        self._bell.start(self._switch_to_the_woken)

    def waiter(self) -> GeventWaiter:
        """Return a new wait."""
        return GeventWaiter(self)

    def ring(self, waiter: GeventWaiter) -> None:
        """Ask the event loop, from any thread, to continue *waiter*."""
        self._woken.append(waiter)
        self._bell.send()

    def _switch_to_the_woken(self) -> None:
        while self._woken:
            self._woken.popleft().switch()
