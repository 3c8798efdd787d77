"""The CPU meter of the web page: reads the system's components and the generator while the page is open."""

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import gevent
import psutil

from loadtests.locust_integration.cpu_per_request import CpuReadings, CpuUse
from loadtests.locust_integration.live_stats import TableRow, cost_rows
from loadtests.measurement.process_cpu import ProcessStat, cpu_s, process_tree, read_processes

if TYPE_CHECKING:  # importing Locust patches the whole process for gevent, a test's as well
    from locust.env import Environment

READ_EVERY_S = 2
LATE_S = 0.25
"""A reading that is taken later than this after a whole second is discarded."""
NO_FOLDER = "give its data folder by --system, if it runs on this machine"
NOT_YET = "the first reading follows in a moment"
ORDER = ("endpoint", "kafka", "flink", "flink-jobmanager", "flink-taskmanager", "functions")
"""The path of a request; other components come after."""
SAME_START_S = 1.0
"""By how much the start of one process may differ between two readings, as clocks are adjusted."""

Answered = Callable[[], Mapping[int, int]]
"""Returns the number of answers of the load so far by the second of the epoch in which they came."""


def start_meter(environment: "Environment", complete_after_s: int = 0) -> Callable[[], list[TableRow]]:
    """Start a meter of the loads of *environment*, and return the function that returns its rows."""
    options, runner = environment.parsed_options, environment.runner
    assert runner is not None
    meter = CpuMeter(
        getattr(options, "system", ""), lambda: runner.stats.total.num_reqs_per_sec, complete_after_s
    )
    gevent.spawn(meter.run)
    return meter.rows


class CpuMeter:
    """Reads the system on *data_dir* (empty: it runs elsewhere), and this process with its workers.

    Counts of answers are complete *complete_after_s* seconds later.
    """

    def __init__(self, data_dir: str, answered: Answered, complete_after_s: int) -> None:
        self._data_dir = data_dir
        self._answered = answered
        self._complete_after_s = complete_after_s
        self._readings = CpuReadings()
        self._unknown = NOT_YET if data_dir else NO_FOLDER

    def rows(self) -> list[TableRow]:
        """Return the rows of the page's table."""
        costs = self._readings.costs(self._answered(), int(time.time()) - self._complete_after_s)
        notes = [f"CPU of the service is not known: {self._unknown}."] if self._unknown else []
        return cost_rows(*costs, notes)

    def run(self) -> None:
        """Take a reading every other second, without end."""
        while True:
            gevent.sleep(READ_EVERY_S - time.time() % READ_EVERY_S)
            try:
                self._read()
            except Exception as error:  # noqa: BLE001  # the page must say that its figures are old
                self._unknown = f"reading it failed: {error!r}"

    def _read(self) -> None:
        now_s = time.time()
        if now_s % 1 < LATE_S:
            self._readings.add(int(now_s), dict(self._uses()))

    def _uses(self) -> Iterator[tuple[str, CpuUse]]:
        processes = read_processes()
        for name, pid in [*self._pids().items(), ("generator", os.getpid())]:
            if use := cpu_use(processes, pid):
                yield name, use

    def _pids(self) -> dict[str, int]:
        if not self._data_dir:
            return {}
        try:
            pids = component_pids(Path(self._data_dir))
        except NotRunning as reason:
            self._unknown = str(reason)
            return {}
        self._unknown = ""
        return pids


def cpu_use(processes: Mapping[int, ProcessStat], pid: int) -> CpuUse | None:
    """Return the CPU time of *pid* and its descendants; None where it has ended."""
    if pid not in processes:
        return None
    return CpuUse((pid, processes[pid].started_s), cpu_s(processes, process_tree(processes, [pid])))


class NotRunning(Exception):
    """There is no running system to read; the message says why."""


def component_pids(data_dir: Path) -> dict[str, int]:
    """Return the pid of each component of the system on *data_dir*; raise `NotRunning` where none runs.

    A system guarantees this of its file `system.json`: an object, replaced as a whole at each change, with
    `supervisor: {"pid", "create_time_s"}` (psutil's, so that a later process with that pid is not taken for
    it) and `components: [{"component", "pid"}, ...]`, in which `pid` is null while a component does not run.
    There may be more keys.
    """
    try:
        state = json.loads((data_dir / "system.json").read_text())
        supervisor = state["supervisor"]
        running = _is_running(supervisor["pid"], supervisor["create_time_s"])
        pids = {one["component"]: int(one["pid"]) for one in state["components"] if one["pid"]}
    except OSError:
        raise NotRunning(f"no system runs on {data_dir}") from None
    except (ValueError, KeyError, TypeError):
        raise NotRunning(f"{data_dir / 'system.json'} was not written by a system") from None
    if not running:
        raise NotRunning(f"the system of {data_dir} does not run any more")
    return dict(sorted(pids.items(), key=lambda item: (*ORDER, item[0]).index(item[0])))


def _is_running(pid: int, create_time_s: float) -> bool:
    try:
        return abs(psutil.Process(pid).create_time() - create_time_s) < SAME_START_S
    except psutil.Error:
        return False
