"""CPU time, memory and context switches of each component: read during a load, interpolated at the window."""

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from benchmarks.results.store.trial_schema import Noise, Usage
from loadtests.measurement.process_cpu import (
    PROC,
    TICK_S,
    ProcessStat,
    cpu_s,
    process_tree,
    read_processes,
)


@dataclass(frozen=True)
class Switches:
    """Context switches since the start of a process, over its living threads."""

    voluntary: int
    involuntary: int


@dataclass(frozen=True)
class Machine:
    """CPU time of all cores since boot, and pressure on them."""

    busy_s: float
    steal_s: float
    total_s: float
    pressure_s: float | None
    """How long some task has waited for a core; None where the kernel does not report it."""
    load_1min: float


def parse_switches(text: str) -> Switches:
    """Parse the context switches of `/proc/PID/task/TID/status`."""
    lines = dict(line.split(":", 1) for line in text.splitlines() if "ctxt_switches" in line)
    return Switches(int(lines["voluntary_ctxt_switches"]), int(lines["nonvoluntary_ctxt_switches"]))


def parse_machine(stat: str, pressure: str | None, loadavg: str) -> Machine:
    """Parse `/proc/stat` (user time holds that of guests), `/proc/pressure/cpu` and `/proc/loadavg`."""
    user, nice, system, idle, iowait, irq, softirq, steal = map(int, stat.splitlines()[0].split()[1:9])
    busy = user + nice + system + irq + softirq
    return Machine(
        busy_s=busy * TICK_S,
        steal_s=steal * TICK_S,
        total_s=(busy + idle + iowait + steal) * TICK_S,
        pressure_s=None if pressure is None else parse_pressure(pressure),
        load_1min=float(loadavg.split()[0]),
    )


def parse_pressure(text: str) -> float:
    """Return the `total` of the line `some`, in seconds."""
    some = next(line for line in text.splitlines() if line.startswith("some"))
    return int(some.rpartition("total=")[2]) / 1e6


def read_switches(pid: int) -> Switches:
    """Read the context switches of all living threads of *pid*; none where it has ended."""
    voluntary = involuntary = 0
    with suppress(OSError):
        for thread in os.listdir(f"{PROC}/{pid}/task"):  # noqa: PTH208
            with suppress(OSError):
                one = parse_switches((PROC / str(pid) / "task" / thread / "status").read_text())
                voluntary, involuntary = voluntary + one.voluntary, involuntary + one.involuntary
    return Switches(voluntary, involuntary)


def read_machine() -> Machine:
    """Read the counters of the machine."""
    pressure: str | None = None
    with suppress(OSError):
        pressure = (PROC / "pressure" / "cpu").read_text()
    return parse_machine((PROC / "stat").read_text(), pressure, (PROC / "loadavg").read_text())


def now_ns() -> int:
    """Return CLOCK_MONOTONIC, the clock of the samples."""
    return time.monotonic_ns()


READ_EVERY_S = 0.5
"""Interval of the readings; one takes some 10 ms of CPU with two Java processes of a hundred threads each."""


@dataclass(frozen=True)
class ProcessRoots:
    """Root processes of each component, and of everything else that belongs to the run (so not foreign)."""

    components: Mapping[str, Sequence[int]]
    ours: Sequence[int] = ()


@dataclass(frozen=True)
class Totals:
    """Counters of a component since its start."""

    cpu_s: float
    rss_mib: float
    switches: Switches


@dataclass(frozen=True)
class Reading:
    """All counters at one instant."""

    at_ns: int
    components: Mapping[str, Totals]
    ours_cpu_s: float
    machine: Machine


def take_reading(roots: ProcessRoots) -> Reading:
    """Read all counters now."""
    processes = read_processes()
    trees = {name: process_tree(processes, pids) for name, pids in roots.components.items()}
    everything = process_tree(processes, roots.ours).union(*trees.values())
    harness = processes[os.getpid()].cpu_s
    return Reading(
        at_ns=now_ns(),
        components={name: totals(processes, pids) for name, pids in trees.items() if pids},
        ours_cpu_s=harness + cpu_s(processes, everything - {os.getpid()}),
        machine=read_machine(),
    )


def totals(processes: Mapping[int, ProcessStat], pids: Iterable[int]) -> Totals:
    """Return the sums of the counters of *pids*."""
    pids = list(pids)
    switches = [read_switches(pid) for pid in pids]
    return Totals(
        cpu_s=cpu_s(processes, pids),
        rss_mib=sum(processes[pid].rss_mib for pid in pids),
        switches=Switches(sum(s.voluntary for s in switches), sum(s.involuntary for s in switches)),
    )


def usage_between(readings: Sequence[Reading], start_ns: int, end_ns: int) -> dict[str, Usage]:
    """Return the usage of each component from *start_ns* to *end_ns*, interpolated between readings."""
    names = sorted({name for reading in readings for name in reading.components})
    return {name: _usage(readings, name, start_ns, end_ns) for name in names}


def noise_between(readings: Sequence[Reading], start_ns: int, end_ns: int) -> Noise:
    """Return steal, CPU time of other programs and pressure from *start_ns* to *end_ns*."""

    def used(of: Callable[[Reading], float]) -> float:
        return _increase(readings, of, start_ns, end_ns)

    total_s = used(lambda reading: reading.machine.total_s) or 1.0
    foreign_s = used(lambda reading: reading.machine.busy_s) - used(lambda reading: reading.ours_cpu_s)
    pressed = all(reading.machine.pressure_s is not None for reading in readings)
    pressure_s = used(lambda reading: reading.machine.pressure_s or 0.0)
    return Noise(
        steal_fraction=used(lambda reading: reading.machine.steal_s) / total_s,
        foreign_cpu_fraction=max(0.0, foreign_s) / total_s,
        pressure_cpu_some=100 * pressure_s / ((end_ns - start_ns) / 1e9) if pressed else None,
        load_1min=readings[-1].machine.load_1min,
    )


def _usage(readings: Sequence[Reading], name: str, start_ns: int, end_ns: int) -> Usage:
    present = [reading for reading in readings if name in reading.components]

    def used(of: Callable[[Totals], float]) -> float:
        return _increase(present, lambda reading: of(reading.components[name]), start_ns, end_ns)

    inside = [reading for reading in present if start_ns <= reading.at_ns < end_ns] or present
    return Usage(
        cpu_s=used(lambda totals: totals.cpu_s),
        rss_peak_mib=max(reading.components[name].rss_mib for reading in inside),
        voluntary_switches=round(used(lambda totals: totals.switches.voluntary)),
        involuntary_switches=round(used(lambda totals: totals.switches.involuntary)),
    )


def _increase(
    readings: Sequence[Reading], of: Callable[[Reading], float], start_ns: int, end_ns: int
) -> float:
    """Return the increase of a counter, at least 0: the sum falls when a process of a tree ends."""
    instants = [reading.at_ns for reading in readings]
    before, after = np.interp([start_ns, end_ns], instants, [of(reading) for reading in readings])
    return max(0.0, float(after - before))
