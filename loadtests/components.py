"""What the processes of a running system use of the CPU, read from the file in which it tells of itself."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import psutil

from loadtests.costs import Sight

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


def seen(pid: int, by_parent: Children) -> Sight | None:
    """Read what *pid* and its descendants have used; None where it is gone."""
    try:
        root = psutil.Process(pid)
        return Sight((pid, root.create_time()), sum(map(_cpu_s, _family(root, by_parent))))
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
