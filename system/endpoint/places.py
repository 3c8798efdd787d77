"""Places for waiting requests: how many requests may wait for their reply at once in this process.

A request that finds no place waits for one, but only briefly, and only while replies are flowing: then a
place is given back every few milliseconds, and a refusal would cost more than the wait. If none was given
back just now, nothing will be free soon, and the request is refused at once.
"""

from collections import deque
from collections.abc import Callable
from time import monotonic

from system.concurrency import new_lock
from system.endpoint.waiting.kinds import Waiter, WaitingKind

PLACE_WAIT_S = 0.05
"""The longest wait for a place, and the longest time between two places given back while replies flow.

Half of the 100 ms within which a refusal is promised. A shorter wait refuses requests that would have been
served: the refusals, and the repeats of impatient callers, then take CPU time from the requests that have a
place.
"""


class _Turn:
    """A request that waits for a place."""

    __slots__ = ("has_place", "waiter")

    def __init__(self, waiter: Waiter) -> None:
        self.waiter = waiter
        self.has_place = False


class Places:
    """At most *count* places; those who wait for one get theirs in the order of their arrival."""

    def __init__(self, count: int, waiting: WaitingKind, clock: Callable[[], float] = monotonic) -> None:
        self._free = count
        self._waiting = waiting
        self._clock = clock
        self._lock = new_lock()
        self._turns: deque[_Turn] = deque()
        self._given_back_s = clock()

    def take(self) -> bool:
        """Take a place, if need be after a short wait; return False if there is none."""
        with self._lock:
            if self._free > 0:
                self._free -= 1
                return True
            if self._clock() - self._given_back_s > PLACE_WAIT_S:
                return False
            turn = _Turn(self._waiting.waiter())
            self._turns.append(turn)
        return self._wait(turn)

    def give_back(self) -> None:
        """Give a place back: the first that waits takes it over. Called from any thread."""
        with self._lock:
            self._given_back_s = self._clock()
            if not self._turns:
                self._free += 1
                return
            turn = self._turns.popleft()
            turn.has_place = True
        turn.waiter.wake()

    def _wait(self, turn: _Turn) -> bool:
        try:
            turn.waiter.wait(PLACE_WAIT_S)
        except BaseException:  # the handler is being killed
            if not self._leave(turn):
                self.give_back()
            raise
        finally:
            turn.waiter.close()
        return not self._leave(turn)

    def _leave(self, turn: _Turn) -> bool:
        """Return whether *turn* was still waiting; then it no longer is."""
        with self._lock:
            if turn.has_place:
                return False
            self._turns.remove(turn)
            return True
