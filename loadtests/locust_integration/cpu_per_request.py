"""CPU time per request of each component: arithmetic on readings, no I/O.

Locust counts answers by the second. So a reading is taken at a whole second, and the number of answers
between two readings is known exactly. Work that components do on their own, such as checkpoints, is included.
"""

from collections import deque
from collections.abc import Collection, Mapping
from typing import NamedTuple

from loadtests.measurement.units import US_PER_S

RECENT_S = 6
READINGS_AT_MOST = 10_000
"""In a longer load, "since the start" means since the oldest reading that is kept."""


class CpuUse(NamedTuple):
    """The CPU time of a component's processes."""

    root: tuple[int, float]
    """The pid of the first process and when it started: different after a restart."""
    cpu_s: float
    """CPU time of the first process and its descendants, reaped ones included, since each started."""


class CpuReading(NamedTuple):
    """CPU time that each component had used at *second* of the epoch, since its first reading."""

    second: int
    cpu_s: Mapping[str, float]
    running: Collection[str]


class CpuCost(NamedTuple):
    """CPU time of each component per request, over *requests* requests."""

    requests: int
    us: Mapping[str, float]


NO_COST = CpuCost(0, {})


def _used_s(before: CpuUse | None, now: CpuUse) -> float:
    """Return the CPU time used from *before* to *now*; 0 for the first reading of a component."""
    if before is None:
        return 0.0
    return max(0.0, now.cpu_s - before.cpu_s) if now.root == before.root else now.cpu_s


class CpuReadings:
    """The readings so far. A component that restarts keeps the CPU time from before."""

    def __init__(self) -> None:
        self._readings: deque[CpuReading] = deque(maxlen=READINGS_AT_MOST)
        self._last: dict[str, CpuUse] = {}
        self._used_s: dict[str, float] = {}

    def add(self, second: int, uses: Mapping[str, CpuUse]) -> None:
        """Add the reading of *second*: the use of each component that runs."""
        for name, use in uses.items():
            self._used_s[name] = self._used_s.get(name, 0.0) + _used_s(self._last.get(name), use)
        self._last |= uses
        self._readings.append(CpuReading(second, dict(self._used_s), uses.keys()))

    def costs(self, answered: Mapping[int, int], complete_until: int) -> tuple[CpuCost, CpuCost]:
        """Return the cost over the last seconds, and the cost since the start of the load.

        *answered* counts its answers by second; it is complete before the second *complete_until*. CPU time
        used before the first answer and after the last is left out.
        """
        if not answered:
            return NO_COST, NO_COST
        first, last = min(answered), min(max(answered) + 1, complete_until)
        during = [reading for reading in self._readings if first <= reading.second <= last]
        if not during:
            return NO_COST, NO_COST
        oldest, newest = during[0], during[-1]
        before = [reading for reading in during if reading.second <= newest.second - RECENT_S]
        recent = _cost_between(before[-1] if before else oldest, newest, answered)
        return recent, _cost_between(oldest, newest, answered)


def _cost_between(before: CpuReading, after: CpuReading, answered: Mapping[int, int]) -> CpuCost:
    counts = (count for second, count in answered.items() if before.second <= second < after.second)
    return cost(before, after, sum(counts))


def cost(before: CpuReading, after: CpuReading, requests: int) -> CpuCost:
    """Return the CPU time that running components used between two readings, per request."""
    if not requests:
        return NO_COST
    used_s = {name: after.cpu_s[name] - before.cpu_s.get(name, 0.0) for name in after.running}
    return CpuCost(requests, {name: spent_s / requests * US_PER_S for name, spent_s in used_s.items()})
