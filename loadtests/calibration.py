"""What the generator itself costs, and how much it can send, against a server that costs next to nothing."""

import os
import select
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from loadtests.generator.settings import LoadSettings
from loadtests.locust_integration.process import end_with, load_command, run_to_end
from loadtests.measurement.output import LoadRecord, Part, lags_ms, read
from loadtests.measurement.window import Summary, summarise

RATE, USERS = 500.0, 64
CPU_PROMISE_US, LAG_PROMISE_MS = 300.0, 5.0
START_BOUND_S = 20.0
US_PER_S = 1_000_000
OPEN = LoadSettings(
    scenario="find", population=1, load="open", rate=RATE, warm_up=2.0, window=20.0, lag_limit=LAG_PROMISE_MS
)
"""The load that the promises are about; past its limit of lag it calls itself invalid."""


class NotCalibrated(Exception):
    """A load, or the server that it needs, could not be made."""


@dataclass(frozen=True)
class Calibration:
    """The generator's own figures; requests are those that were due in the window."""

    rate: float
    """Requests a second that the open loop planned."""
    window_s: float
    cpu_us_per_request: float
    """CPU that the generator used in the open loop's window / requests."""
    lag_ms_p50: float
    lag_ms_p99: float
    users: int
    """Of the closed loop, each of which sends when it has its answer."""
    ceiling_per_s: float
    """Requests of the closed loop that were answered / its window."""
    ceiling_core_fraction: float
    """CPU that the generator used in the closed loop's window / the window; well below 1 was no ceiling."""
    missed: list[str]
    """What does not hold of what is promised, in a sentence each."""


def calibrate(opened: LoadSettings = OPEN) -> Calibration:
    """Make the open loop *opened*, then a closed one as long; raise `NotCalibrated` where one fails."""
    closed = replace(opened, load="closed", users=USERS)
    with null_server() as host, tempfile.TemporaryDirectory() as folder:
        return weigh(*(_make(settings, host, Path(folder)) for settings in (opened, closed)))


def weigh(opened: Part, closed: Part) -> Calibration:
    """Derive the figures from an open loop and a closed one."""
    shown, ceiling = _window(opened), _window(closed)
    cpu_us = opened.load.cpu_s * US_PER_S / shown.sent if shown.sent else float("nan")
    lag_ms_p50, lag_ms_p99 = _lags_ms(opened)
    return Calibration(
        rate=opened.load.rate or 0.0,
        window_s=shown.window_s,
        cpu_us_per_request=cpu_us,
        lag_ms_p50=lag_ms_p50,
        lag_ms_p99=lag_ms_p99,
        users=closed.load.users,
        ceiling_per_s=ceiling.value("throughput") or 0.0,
        ceiling_core_fraction=closed.load.cpu_s / ceiling.window_s,
        missed=list(_misses(cpu_us, shown.failed + ceiling.failed, opened.load)),
    )


def _misses(cpu_us: float, failed: int, opened: LoadRecord) -> Iterator[str]:
    if not cpu_us < CPU_PROMISE_US:
        yield f"A request cost {cpu_us:.0f} us of CPU, under {CPU_PROMISE_US:g} are promised."
    if failed:
        yield f"{failed} requests had no correct answer."
    yield from opened.invalid


def _window(part: Part) -> Summary:
    return summarise(part.samples, part.load.window_start_ns, part.load.window_end_ns)


def _lags_ms(part: Part) -> tuple[float, float]:
    """Give the median and the 99th percentile of the lag of the requests due in the window."""
    lags = lags_ms(part.samples, part.load.window_start_ns, part.load.window_end_ns)
    p50, p99 = np.percentile(lags, (50, 99)) if len(lags) else (float("nan"), float("nan"))
    return float(p50), float(p99)


def table(figures: Calibration) -> str:
    """Spell the figures beside what is promised, and what is missed."""
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
    """Run the null server in a process of its own, and give its address."""
    return served([sys.executable, "-m", "loadtests.null_server"])


@contextmanager
def served(command: Sequence[str]) -> Iterator[str]:
    """Run *command*, which prints `ready ADDRESS`, while the address is in use."""
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=partial(end_with, os.getpid()),  # noqa: PLW1509  # there is one thread here, so that it is safe
    ) as process:
        try:
            yield _address(process)
        finally:
            process.kill()


def _address(process: "subprocess.Popen[str]") -> str:
    assert process.stdout
    told, _, _ = select.select([process.stdout], [], [], START_BOUND_S)
    word, _, address = process.stdout.readline().strip().partition(" ") if told else ("", "", "")
    if word != "ready":
        raise NotCalibrated(f"the server was not ready within {START_BOUND_S:g} s; its last word: {word!r}")
    return address


def _make(settings: LoadSettings, host: str, folder: Path) -> Part:
    out = folder / settings.load
    code = run_to_end(load_command(replace(settings, out=str(out)), host, workers=1))
    if code:
        raise NotCalibrated(f"the {settings.load} loop exited with {code}; Locust's own words above say why")
    part = read(out)
    if part.load.cut:
        raise NotCalibrated(f"the {settings.load} loop was cut short")
    return part
