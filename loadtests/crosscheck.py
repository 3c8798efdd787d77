"""Comparison of our open loop with vegeta's, against a server that freezes 1 s in 10.

Both send at constant gaps and count from when a request was due. Both load the server over whole cycles of
its freeze: so the same number of requests falls into it, wherever in a cycle they start.

The server takes 20 ms for each request. If it answered at once, the median would be the cost of the client
itself: tenths of a millisecond, in which any two clients differ by far more than 5 %. `python -m loadtests
calibrate` measures that cost; the question here is whether both clients see the same service.

After each freeze some 200 answers come at once, and p99 and max include the time to read them: on a machine
that is busy otherwise, the two clients differ by a few percent more.
"""

import csv
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from shutil import which
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from loadtests.child_process import running_server
from loadtests.measurement.percentiles import percentile
from loadtests.measurement.units import NS_PER_MS, NS_PER_S
from loadtests.measurement.window import summarise
from loadtests.output import read

RATE_PER_S = 200
TAKES_S = 0.02
ALLOWED_FRACTION = 0.05
SLACK_S = 60
"""How much longer than its window a load may take."""
FIGURES = {"p50": 50.0, "p99": 99.0, "max": 100.0}
SENT, STATUS, LATENCY, NUMBER = 0, 1, 2, 8
"""The columns of `vegeta encode -to csv` that are read; times in ns."""
MISSING = (
    "vegeta is not on the PATH nor in ~/go/bin, so there is nothing to compare with; "
    "install it: go install github.com/tsenart/vegeta/v12@latest"
)

Times = NDArray[np.float64]


class NotCompared(Exception):
    """There is no vegeta, or one of the two loads failed."""


class FreezeCycles(NamedTuple):
    """When the server freezes (the last *frozen_s* of each *cycle_s*), and how many cycles a load lasts."""

    cycle_s: float
    frozen_s: float
    cycles: int

    @property
    def window_s(self) -> float:
        """The length of each load."""
        return self.cycle_s * self.cycles

    @property
    def planned(self) -> int:
        """The number of requests of each load."""
        return round(RATE_PER_S * self.window_s)


class ComparedFigure(NamedTuple):
    """One figure of both generators."""

    name: str
    ours_ms: float
    vegeta_ms: float

    @property
    def difference(self) -> float:
        """How much larger ours is, as a fraction of vegeta's."""
        return self.ours_ms / self.vegeta_ms - 1


def crosscheck(freeze: FreezeCycles) -> tuple[str, bool]:
    """Load the freezing server with both; return a text with the figures, and whether they agree."""
    vegeta = find_vegeta()
    if vegeta is None:
        raise NotCompared(MISSING)
    with tempfile.TemporaryDirectory() as folder, freezing_server(freeze) as host:
        theirs_ms = run_vegeta_ms(host, freeze, vegeta)
        ours_ms = run_ours_ms(host, freeze, Path(folder))
    figures = compare(ours_ms, theirs_ms)
    found = disagreements(figures, {"ours": len(ours_ms), "vegeta": len(theirs_ms)}, freeze.planned)
    head = f"{RATE_PER_S}/s for {freeze.window_s:g} s, frozen {freeze.frozen_s:g} s in {freeze.cycle_s:g} s"
    machine = f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    return "\n".join([head, table(figures), *found, machine]), not found


def find_vegeta() -> str | None:
    """Return the path of vegeta if it is installed."""
    return which("vegeta") or which("vegeta", path=Path.home() / "go" / "bin")


def freezing_server(freeze: FreezeCycles) -> AbstractContextManager[str]:
    """Run the freezing server in a process of its own, and yield its address."""
    times = ("--cycle", str(freeze.cycle_s), "--frozen", str(freeze.frozen_s), "--takes", str(TAKES_S))
    return running_server(sys.executable, "-m", "loadtests.freezing_server", *times)


def run_ours_ms(host: str, freeze: FreezeCycles, folder: Path) -> Times:
    """Load *host* with our open loop; return the response times of the correct answers."""
    shape = ("--scenario", "find", "--population", "1", "--rate", str(RATE_PER_S), "--arrivals", "constant")
    times = ("--warm-up", "1", "--window", str(freeze.window_s))
    where = ("--host", host, "--out", str(folder))
    _run([sys.executable, "-m", "loadtests", "run", *shape, *times, *where], freeze)
    samples, load, *_ = read(folder)
    times_ms = summarise(samples, load.window_start_ns, load.window_end_ns).response_ms
    return times_ms[np.isfinite(times_ms)]


def run_vegeta_ms(host: str, freeze: FreezeCycles, vegeta: str) -> Times:
    """Load *host* with vegeta; return the response times."""
    times = ("-rate", f"{RATE_PER_S}/1s", "-duration", f"{freeze.window_s}s", "-timeout", "30s")
    results = _run([vegeta, "attack", *times], freeze, stdin=f"GET {host}/users/find/0".encode())
    rows = _run([vegeta, "encode", "-to", "csv"], freeze, stdin=results)
    return response_ms_from_due(csv.reader(rows.decode().splitlines()), RATE_PER_S)


def _run(command: Sequence[str], freeze: FreezeCycles, stdin: bytes = b"") -> bytes:
    bound_s = freeze.window_s + SLACK_S
    try:
        done = subprocess.run(command, input=stdin, check=False, capture_output=True, timeout=bound_s)
    except subprocess.TimeoutExpired as error:
        raise NotCompared(f"{' '.join(command)} did not end within {bound_s:g} s") from error
    if done.returncode:
        raise NotCompared(
            f"{' '.join(command)} exited with {done.returncode}: {done.stderr.decode().strip()}"
        )
    return done.stdout


def response_ms_from_due(rows: Iterable[Sequence[str]], rate_per_s: float) -> Times:
    """Return the times from due to end of those of vegeta's *rows* that were answered 200.

    vegeta does not store when it started: that is taken to be the last instant at which no request was sent
    before it was due.
    """
    correct = np.array(
        [[int(row[column]) for column in (SENT, LATENCY, NUMBER)] for row in rows if row[STATUS] == "200"]
    ).reshape(-1, 3)
    if not len(correct):
        return np.empty(0)
    sent_ns, latency_ns, number = correct.T
    late_ns = (sent_ns - sent_ns[0]) - number * (NS_PER_S / rate_per_s)
    return np.asarray((late_ns - late_ns.min() + latency_ns) / NS_PER_MS)


def compare(ours_ms: Times, vegeta_ms: Times) -> list[ComparedFigure]:
    """Return the figures of both; none where one has no times."""
    if not (len(ours_ms) and len(vegeta_ms)):
        return []
    return [
        ComparedFigure(name, percentile(ours_ms, percent), percentile(vegeta_ms, percent))
        for name, percent in FIGURES.items()
    ]


def table(figures: Sequence[ComparedFigure]) -> str:
    """Return the figures as text."""
    head = f"{'ms':>5}{'ours':>10}{'vegeta':>10}{'apart':>9}"
    lines = [
        f"{figure.name:>5}{figure.ours_ms:>10.2f}{figure.vegeta_ms:>10.2f}{figure.difference:>+9.1%}"
        for figure in figures
    ]
    return "\n".join([head, *lines])


def disagreements(figures: Sequence[ComparedFigure], answered: dict[str, int], planned: int) -> list[str]:
    """Return a sentence for each reason why the two do not agree."""
    unanswered = [
        f"Of {planned} requests of {name} {count} were answered 200."
        for name, count in answered.items()
        if count != planned
    ]
    apart = [
        f"{figure.name} is {figure.difference:+.1%} apart; {ALLOWED_FRACTION:.0%} is allowed."
        for figure in figures
        if abs(figure.difference) > ALLOWED_FRACTION
    ]
    return unanswered + apart
