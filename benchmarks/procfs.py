"""What the kernel tells about processes and the machine: parsers over text, and the reads that feed them."""

import os
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
TICK_S = 1 / os.sysconf("SC_CLK_TCK")
PAGE_MIB = os.sysconf("SC_PAGE_SIZE") / 2**20


@dataclass(frozen=True)
class ProcessStat:
    """One process: CPU time of its own and of the children that it has reaped, and its resident set."""

    pid: int
    parent: int
    cpu_s: float
    reaped_cpu_s: float
    rss_mib: float


@dataclass(frozen=True)
class Switches:
    """Context switches since a process began, over its living threads."""

    voluntary: int
    involuntary: int


@dataclass(frozen=True)
class Machine:
    """Time of all cores since the boot, and what waits for them."""

    busy_s: float
    steal_s: float
    total_s: float
    pressure_s: float | None
    """How long some task has waited for a core; None where the kernel does not tell."""
    load_1min: float


def parse_stat(text: str) -> ProcessStat:
    """Parse `/proc/PID/stat`; the program's name may hold spaces and brackets (proc(5))."""
    pid, _, rest = text.partition(" (")
    fields = rest[rest.rindex(")") + 2 :].split()
    own, reaped = (sum(map(int, fields[at : at + 2])) * TICK_S for at in (11, 13))
    return ProcessStat(int(pid), int(fields[1]), own, reaped, int(fields[21]) * PAGE_MIB)


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


def tree(processes: Mapping[int, ProcessStat], roots: Iterable[int]) -> set[int]:
    """Return the pids of *roots* that live, and of all their descendants."""
    children: dict[int, list[int]] = {}
    for process in processes.values():
        children.setdefault(process.parent, []).append(process.pid)
    found: set[int] = set()
    todo = [root for root in roots if root in processes]
    while todo:
        pid = todo.pop()
        if pid not in found:
            found.add(pid)
            todo += children.get(pid, [])
    return found


def read_processes() -> dict[int, ProcessStat]:
    """Read every process that can be seen."""
    processes = {}
    for entry in os.listdir(PROC):  # noqa: PTH208 (five times as fast, and read all the time)
        if entry.isdigit():
            with suppress(OSError):  # it ended between the listing and the reading
                processes[int(entry)] = parse_stat((PROC / entry / "stat").read_text())
    return processes


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
    """Read what the machine has done since its boot."""
    pressure: str | None = None
    with suppress(OSError):
        pressure = (PROC / "pressure" / "cpu").read_text()
    return parse_machine((PROC / "stat").read_text(), pressure, (PROC / "loadavg").read_text())


def now_ns() -> int:
    """Return CLOCK_MONOTONIC, the clock of the samples."""
    return time.monotonic_ns()
