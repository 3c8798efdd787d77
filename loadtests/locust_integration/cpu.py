"""CPU time of a request by component: arithmetic on readings of what their processes used, no I/O.

A reading is taken at a whole second, because Locust counts answers by the second: so the answers between two
readings are known exactly. What the components do on their own, such as checkpoints, is in it.
"""

import json
from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import psutil

RECENT_S = 6
READINGS_AT_MOST = 10_000
"""Of a load that is longer, "since the start" is since the oldest reading that is kept."""
US_PER_S = 1_000_000


class CpuUse(NamedTuple):
    """A component's processes as they were seen."""

    root: tuple[int, float]
    """The pid of the first process and when it began: another after a restart."""
    cpu_s: float
    """CPU time of the first process and its descendants, reaped ones included, since each began."""


class CpuReading(NamedTuple):
    """What each component had used at *second* of the epoch, since its first reading."""

    second: int
    cpu_s: Mapping[str, float]
    running: Collection[str]


class Cost(NamedTuple):
    """CPU time of each component by request, over *requests* requests."""

    requests: int
    us: Mapping[str, float]


NONE = Cost(0, {})


def used_s(before: CpuUse | None, now: CpuUse) -> float:
    """Give the CPU time used from *before* to *now*; of a component seen first nothing is known."""
    if before is None:
        return 0.0
    return max(0.0, now.cpu_s - before.cpu_s) if now.root == before.root else now.cpu_s


class Readings:
    """The readings so far; what a component used before a restart is kept."""

    def __init__(self) -> None:
        self._taken: deque[CpuReading] = deque(maxlen=READINGS_AT_MOST)
        self._last: dict[str, CpuUse] = {}
        self._used_s: dict[str, float] = {}

    def add(self, second: int, sights: Mapping[str, CpuUse]) -> None:
        """Take the reading of *second*."""
        for name, sight in sights.items():
            self._used_s[name] = self._used_s.get(name, 0.0) + used_s(self._last.get(name), sight)
        self._last |= sights
        self._taken.append(CpuReading(second, dict(self._used_s), sights.keys()))

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


def _between(before: CpuReading, after: CpuReading, answered: Mapping[int, int]) -> Cost:
    counts = (count for second, count in answered.items() if before.second <= second < after.second)
    return cost(before, after, sum(counts))


def cost(before: CpuReading, after: CpuReading, requests: int) -> Cost:
    """Share what the components that run used between two readings among the *requests* between them."""
    if not requests:
        return NONE
    used = {name: after.cpu_s[name] - before.cpu_s.get(name, 0.0) for name in after.running}
    return Cost(requests, {name: spent_s / requests * US_PER_S for name, spent_s in used.items()})


ORDER = ("endpoint", "kafka", "flink", "flink-jobmanager", "flink-taskmanager", "functions")
"""The way of a request; other components come after."""
SAME_S = 1.0
"""By how much the start of one process may be told differently, as clocks are adjusted."""


Children = Mapping[int, Sequence[psutil.Process]]


class NotRunning(Exception):
    """There is no running system to be read; says why."""


def component_pids(data_dir: Path) -> dict[str, int]:
    """Give the pid of each component of the system on *data_dir*; raise `NotRunning` where none runs.

    A system promises this of its file `system.json`: an object, replaced as a whole at each change, with
    `supervisor: {"pid", "create_time_s"}` (psutil's, so that a later process of that number is not taken for
    it) and `components: [{"component", "pid"}, ...]`, in which `pid` is null while a component does not run.
    There may be more keys.
    """
    try:
        state = json.loads((data_dir / "system.json").read_text())
        supervisor = state["supervisor"]
        alive = _runs(supervisor["pid"], supervisor["create_time_s"])
        pids = {one["component"]: int(one["pid"]) for one in state["components"] if one["pid"]}
    except OSError:
        raise NotRunning(f"no system runs on {data_dir}") from None
    except (ValueError, KeyError, TypeError):
        raise NotRunning(f"{data_dir / 'system.json'} is not what a system writes") from None
    if not alive:
        raise NotRunning(f"the system of {data_dir} does not run any more")
    return dict(sorted(pids.items(), key=lambda item: (*ORDER, item[0]).index(item[0])))


def _runs(pid: int, create_time_s: float) -> bool:
    try:
        return abs(psutil.Process(pid).create_time() - create_time_s) < SAME_S
    except psutil.Error:
        return False


def children() -> Children:
    """Give the processes of this machine by the pid of their parent."""
    by_parent: dict[int, list[psutil.Process]] = {}
    for process in psutil.process_iter(["ppid"]):
        by_parent.setdefault(process.info["ppid"], []).append(process)
    return by_parent


def seen(pid: int, by_parent: Children) -> CpuUse | None:
    """Read what *pid* and its descendants have used; None where it is gone."""
    try:
        root = psutil.Process(pid)
        return CpuUse((pid, root.create_time()), sum(map(_cpu_s, _family(root, by_parent))))
    except psutil.Error:
        return None


def _family(root: psutil.Process, by_parent: Children) -> Iterator[psutil.Process]:
    yield root
    for child in by_parent.get(root.pid, ()):
        yield from _family(child, by_parent)


def _cpu_s(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.Error:
        return 0.0
    return float(times.user + times.system + times.children_user + times.children_system)
