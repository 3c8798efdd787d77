"""Calibration of the generator: its cost and the most it can send, against a server of almost no cost."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from loadtests.child_process import run_to_end, running_server
from loadtests.generator.settings import LoadSettings
from loadtests.locust_integration.command_line import load_command
from loadtests.measurement.percentiles import percentiles
from loadtests.measurement.samples import due_within, lag_ms
from loadtests.measurement.units import US_PER_S
from loadtests.measurement.window import WindowSummary, summarise
from loadtests.output import LoadOutput, LoadRecord, read

RATE_PER_S, USERS = 500.0, 64
CPU_PROMISE_US, LAG_PROMISE_MS = 300.0, 5.0
OPEN_LOAD = LoadSettings(
    scenario="find",
    population=1,
    load="open",
    rate_per_s=RATE_PER_S,
    warm_up_s=2.0,
    window_s=20.0,
    lag_limit_ms=LAG_PROMISE_MS,
)
"""The load that the promises are about; above its lag limit it is invalid."""


class NotCalibrated(Exception):
    """A load of the calibration failed."""


@dataclass(frozen=True)
class Calibration:
    """Figures of the generator; requests are those that were due in the window."""

    rate: float
    """Requests per second that the open loop planned."""
    window_s: float
    cpu_us_per_request: float
    """CPU time of the generator in the open loop's window / requests."""
    lag_ms_p50: float
    lag_ms_p99: float
    users: int
    """Of the closed loop, each of which sends as soon as it has its answer."""
    ceiling_per_s: float
    """Requests of the closed loop that were answered / its window."""
    ceiling_core_fraction: float
    """CPU time of the generator in the closed loop's window / the window; well below 1: not the limit."""
    missed: list[str]
    """A sentence for each promise that does not hold."""


def calibrate(open_load: LoadSettings = OPEN_LOAD) -> Calibration:
    """Run *open_load*, then a closed loop of the same length; raise `NotCalibrated` where one fails."""
    closed_load = replace(open_load, load="closed", users=USERS)
    with null_server() as host, tempfile.TemporaryDirectory() as folder:
        return figures_of(*(_run(settings, host, Path(folder)) for settings in (open_load, closed_load)))


def figures_of(opened: LoadOutput, closed: LoadOutput) -> Calibration:
    """Compute the figures from the outputs of an open loop and a closed one."""
    summary, ceiling = _summary(opened), _summary(closed)
    cpu_us = opened.load.cpu_s * US_PER_S / summary.sent if summary.sent else float("nan")
    due = due_within(opened.samples, opened.load.window_start_ns, opened.load.window_end_ns)
    lag_ms_p50, lag_ms_p99 = percentiles(lag_ms(due), (50, 99))
    return Calibration(
        rate=opened.load.rate or 0.0,
        window_s=summary.window_s,
        cpu_us_per_request=cpu_us,
        lag_ms_p50=lag_ms_p50,
        lag_ms_p99=lag_ms_p99,
        users=closed.load.users,
        ceiling_per_s=ceiling.value("throughput") or 0.0,
        ceiling_core_fraction=closed.load.cpu_s / ceiling.window_s,
        missed=list(_misses(cpu_us, summary.failed + ceiling.failed, opened.load)),
    )


def _misses(cpu_us: float, failed: int, opened: LoadRecord) -> Iterator[str]:
    if not cpu_us < CPU_PROMISE_US:
        yield f"A request cost {cpu_us:.0f} us of CPU, under {CPU_PROMISE_US:g} are promised."
    if failed:
        yield f"{failed} requests had no correct answer."
    yield from opened.invalid


def _summary(output: LoadOutput) -> WindowSummary:
    return summarise(output.samples, output.load.window_start_ns, output.load.window_end_ns)


def table(figures: Calibration) -> str:
    """Return the figures as text, with the promises and those that are missed."""
    rows = [
        (f"open loop, {figures.rate:g}/s for {figures.window_s:g} s", "", ""),
        ("  CPU per request", f"{figures.cpu_us_per_request:.0f} us", f"under {CPU_PROMISE_US:g}"),
        ("  lag p50", f"{figures.lag_ms_p50:.2f} ms", ""),
        ("  lag p99", f"{figures.lag_ms_p99:.2f} ms", f"under {LAG_PROMISE_MS:g}"),
        (f"closed loop, {figures.users} users for {figures.window_s:g} s", "", ""),
        ("  ceiling", f"{figures.ceiling_per_s:.0f} /s", ""),
        ("  share of a core", f"{figures.ceiling_core_fraction:.0%}", ""),
    ]
    lines = [f"{name:<34}{value:>12}  {promise}".rstrip() for name, value, promise in rows]
    return "\n".join([*lines, *(f"promise missed: {reason}" for reason in figures.missed)])


def null_server() -> AbstractContextManager[str]:
    """Run the null server in a process of its own, and yield its address."""
    return running_server(sys.executable, "-m", "loadtests.null_server")


def _run(settings: LoadSettings, host: str, folder: Path) -> LoadOutput:
    out = folder / settings.load
    code = run_to_end(load_command(replace(settings, out=str(out)), host, workers=1))
    if code:
        raise NotCalibrated(f"the {settings.load} loop exited with {code}; see Locust's message above")
    output = read(out)
    if output.load.cut:
        raise NotCalibrated(f"the {settings.load} loop was cut short")
    return output
