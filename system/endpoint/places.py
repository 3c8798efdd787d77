"""Places for waiting requests: how many requests may wait for their reply at once in this process.

A request that finds no place waits for one while replies flow, as in a burst of requests, so that a short
pause of the service refuses nothing. It is refused at once if it would wait in vain: no place was given back
for a while, or more requests wait for a place already than places were given back in the last second.
"""

from collections import deque
from collections.abc import Callable
from time import monotonic

from system.concurrency import new_lock
from system.endpoint.waiting.kinds import Waiter, WaitingKind

PATIENCE_S = 1.0
"""The longest wait for a place, and the longest pause in which replies still count as flowing.

The service makes pauses (garbage collection, checkpoints, a batch), and a machine with few cores makes longer
ones. With a shorter patience, each of them would refuse a whole burst of requests.
"""
MIN_QUEUE = 16
"""As many may wait for a place in any case, since the first reply of a burst has not come yet."""


class _Turn:
    """A request that waits for a place."""

    __slots__ = ("has_place", "waiter")

    def __init__(self, waiter: Waiter) -> None:
        self.waiter = waiter
        self.has_place = False


class Flow:
    """Counts how many places are given back in a second; not thread-safe."""

    def __init__(self) -> None:
        self._second, self._count, self._before = 0, 0, 0

    def count(self, now_s: float) -> None:
        """Count one."""
        self._advance(now_s)
        self._count += 1

    def last_second(self, now_s: float) -> int:
        """Return the count of the last whole second, or of the current one if that is more."""
        self._advance(now_s)
        return max(self._before, self._count)

    def _advance(self, now_s: float) -> None:
        second = int(now_s)
        if second != self._second:
            self._before = self._count if second == self._second + 1 else 0
            self._second, self._count = second, 0


class Places:
    """At most *count* places; those who wait for one get theirs in the order of their arrival."""

    def __init__(self, count: int, waiting: WaitingKind, clock: Callable[[], float] = monotonic) -> None:
        self._count = self._free = count
        self._waiting = waiting
        self._clock = clock
        self._lock = new_lock()
        self._turns: deque[_Turn] = deque()
        self._flow = Flow()
        self._quiet_since_s = clock()
        """When the last place was given back, or the first of all was taken."""

    def take(self) -> bool:
        """Take a place, if need be after a wait; return False if there is none."""
        with self._lock:
            if self._free > 0:
                if self._free == self._count:
                    self._quiet_since_s = self._clock()
                self._free -= 1
                return True
            now_s = self._clock()
            if self._patience_s(now_s) <= 0 or len(self._turns) >= self._longest_queue(now_s):
                return False
            turn = _Turn(self._waiting.waiter())
            self._turns.append(turn)
        return self._wait(turn, now_s + PATIENCE_S)

    def give_back(self) -> None:
        """Give a place back: the first that waits takes it over. Called from any thread."""
        with self._lock:
            now_s = self._quiet_since_s = self._clock()
            self._flow.count(now_s)
            if not self._turns:
                self._free += 1
                return
            turn = self._turns.popleft()
            turn.has_place = True
        turn.waiter.wake()

    def _patience_s(self, now_s: float) -> float:
        """Return how much longer a wait makes sense if no place is given back."""
        return self._quiet_since_s + PATIENCE_S - now_s

    def _longest_queue(self, now_s: float) -> int:
        return max(MIN_QUEUE, self._flow.last_second(now_s))

    def _wait(self, turn: _Turn, end_s: float) -> bool:
        try:
            while not turn.has_place and (left_s := self._left_s(end_s)) > 0:
                turn.waiter.wait(left_s)
        except BaseException:  # the handler is being killed
            if not self._leave(turn):
                self.give_back()
            raise
        finally:
            turn.waiter.close()
        return not self._leave(turn)

    def _left_s(self, end_s: float) -> float:
        now_s = self._clock()
        return min(end_s - now_s, self._patience_s(now_s))

    def _leave(self, turn: _Turn) -> bool:
        """Return whether *turn* was still waiting; then it no longer is."""
        with self._lock:
            if turn.has_place:
                return False
            self._turns.remove(turn)
            return True
