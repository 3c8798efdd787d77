"""What each component used in a window: readings taken all through a load, cut by the window afterwards."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.procfs import (
    Machine,
    ProcessStat,
    Switches,
    now_ns,
    read_machine,
    read_processes,
    read_switches,
    tree,
)
from benchmarks.results.schema import Noise, Usage

READ_EVERY_S = 0.5
"""A reading costs some 10 ms of CPU with two Java processes of a hundred threads each."""


@dataclass(frozen=True)
class Watched:
    """The root processes of each component, and of all else that is ours, which is therefore not foreign."""

    components: Mapping[str, Sequence[int]]
    ours: Sequence[int] = ()


@dataclass(frozen=True)
class Totals:
    """What a component has used since it began."""

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


def take_reading(watched: Watched) -> Reading:
    """Read all counters now."""
    processes = read_processes()
    trees = {name: tree(processes, roots) for name, roots in watched.components.items()}
    everything = tree(processes, watched.ours).union(*trees.values())
    harness = processes[os.getpid()].cpu_s
    return Reading(
        at_ns=now_ns(),
        components={name: totals(processes, pids) for name, pids in trees.items() if pids},
        ours_cpu_s=harness + cpu_s(processes, everything - {os.getpid()}),
        machine=read_machine(),
    )


def totals(processes: Mapping[int, ProcessStat], pids: Iterable[int]) -> Totals:
    """Add up what *pids* have used."""
    pids = list(pids)
    switches = [read_switches(pid) for pid in pids]
    return Totals(
        cpu_s=cpu_s(processes, pids),
        rss_mib=sum(processes[pid].rss_mib for pid in pids),
        switches=Switches(sum(s.voluntary for s in switches), sum(s.involuntary for s in switches)),
    )


def cpu_s(processes: Mapping[int, ProcessStat], pids: Iterable[int]) -> float:
    """Return the CPU time of *pids*, that of children which they have reaped included."""
    return sum(processes[pid].cpu_s + processes[pid].reaped_cpu_s for pid in pids)


def usage_between(readings: Sequence[Reading], start_ns: int, end_ns: int) -> dict[str, Usage]:
    """Return what each component used from *start_ns* to *end_ns*, interpolated between readings."""
    names = sorted({name for reading in readings for name in reading.components})
    return {name: _usage(readings, name, start_ns, end_ns) for name in names}


def noise_between(readings: Sequence[Reading], start_ns: int, end_ns: int) -> Noise:
    """Return what else the machine did from *start_ns* to *end_ns*."""

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
    mine = [reading for reading in readings if name in reading.components]

    def used(of: Callable[[Totals], float]) -> float:
        return _increase(mine, lambda reading: of(reading.components[name]), start_ns, end_ns)

    inside = [reading for reading in mine if start_ns <= reading.at_ns < end_ns] or mine
    return Usage(
        cpu_s=used(lambda totals: totals.cpu_s),
        rss_peak_mib=max(reading.components[name].rss_mib for reading in inside),
        voluntary_switches=round(used(lambda totals: totals.switches.voluntary)),
        involuntary_switches=round(used(lambda totals: totals.switches.involuntary)),
    )


def _increase(
    readings: Sequence[Reading], of: Callable[[Reading], float], start_ns: int, end_ns: int
) -> float:
    """Return how much a counter grew; 0 at least, since a process that goes away takes its share along."""
    instants = [reading.at_ns for reading in readings]
    before, after = np.interp([start_ns, end_ns], instants, [of(reading) for reading in readings])
    return max(0.0, float(after - before))
