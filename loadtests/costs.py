"""CPU time of a request by component: arithmetic on readings of what their processes used, no I/O.

A reading is taken at a whole second, because Locust counts answers by the second: so the answers between two
readings are known exactly. What the components do on their own, such as checkpoints, is in it.
"""

from collections import deque
from collections.abc import Collection, Mapping
from typing import NamedTuple

RECENT_S = 6
READINGS_AT_MOST = 10_000
"""Of a load that is longer, "since the start" is since the oldest reading that is kept."""
US_PER_S = 1_000_000


class Sight(NamedTuple):
    """A component's processes as they were seen."""

    root: tuple[int, float]
    """The pid of the first process and when it began: another after a restart."""
    cpu_s: float
    """CPU time of the first process and its descendants, reaped ones included, since each began."""


class Reading(NamedTuple):
    """What each component had used at *second* of the epoch, since its first reading."""

    second: int
    cpu_s: Mapping[str, float]
    running: Collection[str]


class Cost(NamedTuple):
    """CPU time of each component by request, over *requests* requests."""

    requests: int
    us: Mapping[str, float]


NONE = Cost(0, {})


def used_s(before: Sight | None, now: Sight) -> float:
    """Give the CPU time used from *before* to *now*; of a component seen first nothing is known."""
    if before is None:
        return 0.0
    return max(0.0, now.cpu_s - before.cpu_s) if now.root == before.root else now.cpu_s


class Readings:
    """The readings so far; what a component used before a restart is kept."""

    def __init__(self) -> None:
        self._taken: deque[Reading] = deque(maxlen=READINGS_AT_MOST)
        self._last: dict[str, Sight] = {}
        self._used_s: dict[str, float] = {}

    def add(self, second: int, sights: Mapping[str, Sight]) -> None:
        """Take the reading of *second*."""
        for name, sight in sights.items():
            self._used_s[name] = self._used_s.get(name, 0.0) + used_s(self._last.get(name), sight)
        self._last |= sights
        self._taken.append(Reading(second, dict(self._used_s), sights.keys()))

    def costs(self, answered: Mapping[int, int], settled: int) -> tuple[Cost, Cost]:
        """Give the costs over the last seconds and since the start of a load.

        *answered* are its answers by second, complete before the second *settled*. What was used before its
        first answer and after its last is left out.
        """
        if not answered:
            return NONE, NONE
        first, last = min(answered), min(max(answered) + 1, settled)
        within = [reading for reading in self._taken if first <= reading.second <= last]
        if not within:
            return NONE, NONE
        oldest, newest = within[0], within[-1]
        recent = [reading for reading in within if reading.second <= newest.second - RECENT_S]
        return _between(recent[-1] if recent else oldest, newest, answered), _between(
            oldest, newest, answered
        )


def _between(before: Reading, after: Reading, answered: Mapping[int, int]) -> Cost:
    counts = (count for second, count in answered.items() if before.second <= second < after.second)
    return cost(before, after, sum(counts))


def cost(before: Reading, after: Reading, requests: int) -> Cost:
    """Share what the components that run used between two readings among the *requests* between them."""
    if not requests:
        return NONE
    used = {name: after.cpu_s[name] - before.cpu_s.get(name, 0.0) for name in after.running}
    return Cost(requests, {name: spent_s / requests * US_PER_S for name, spent_s in used.items()})
