"""Our open loop beside vegeta's, against a service that freezes 1 s in 10.

`make crosscheck` prints p50, p99 and max of both, and how far they are apart. Exit code 0: within 5 %;
1: further apart, or a request without a correct answer; 3: vegeta is missing.

Both send at constant gaps and count from when a request was due. Both load the service over whole cycles of
its freeze, so that the same number of requests falls into it wherever in a cycle they begin.

The service takes 20 ms for each request. Of one that answers at once the median would be what each client
itself costs, tenths of a millisecond in which any two differ by far more than 5 %. That cost is what
`make calibrate` tells; the question here is whether both see the same service.

After each freeze some 200 answers come at once: p99 and max hold what it takes to read them, so that a
machine that is busy otherwise sets the two apart by a few percent more.
"""

import argparse
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
import requests
from numpy.typing import NDArray

from loadtests.calibration import NotCalibrated, served
from loadtests.measurement.output import read
from loadtests.measurement.window import summarise

RATE = 200
TAKES_S = 0.02
ALLOWED = 0.05
APART, UNFIT = 1, 3
NS_PER_MS = 1_000_000
NS_PER_S = 1_000_000_000
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


class NoLoad(Exception):
    """A generator made no load."""


class Course(NamedTuple):
    """When the service freezes (the last *frozen_s* of each *cycle_s*), and how many cycles a load lasts."""

    cycle_s: float
    frozen_s: float
    cycles: int

    @property
    def window_s(self) -> float:
        """How long each load lasts."""
        return self.cycle_s * self.cycles

    @property
    def planned(self) -> int:
        """Give the number of requests of each load."""
        return round(RATE * self.window_s)


class Figure(NamedTuple):
    """One figure of both generators, in ms."""

    name: str
    ours: float
    theirs: float

    @property
    def apart(self) -> float:
        """Tell how much larger ours is, as a fraction of theirs."""
        return self.ours / self.theirs - 1


def freezing_service(course: Course) -> AbstractContextManager[str]:
    """Run the service in a process of its own, and give its address."""
    freeze = ("--freeze", str(course.cycle_s), str(course.frozen_s), "--takes", str(TAKES_S))
    return served([sys.executable, "-m", "tests.doubles.user_service", *freeze])


def ours_ms(host: str, course: Course, folder: Path) -> Times:
    """Load *host* with our open loop, and give the response times."""
    shape = ("--scenario", "find", "--population", "1", "--rate", str(RATE), "--arrivals", "constant")
    times = ("--warm-up", "1", "--window", str(course.window_s))
    where = ("--host", host, "--out", str(folder))
    _call([sys.executable, "-m", "loadtests", "run", *shape, *times, *where], course)
    samples, load, _ = read(folder)
    return summarise(samples, load.window_start_ns, load.window_end_ns).response_ms


def vegeta_ms(host: str, course: Course, tool: str) -> Times:
    """Load *host* with vegeta, and give the response times."""
    user = _created(host)
    times = ("-rate", f"{RATE}/1s", "-duration", f"{course.window_s}s", "-timeout", "30s")
    results = _call([tool, "attack", *times], course, told=f"GET {host}/users/find/{user}".encode())
    rows = _call([tool, "encode", "-to", "csv"], course, told=results)
    return from_due_ms(csv.reader(rows.decode().splitlines()), RATE)


def _created(host: str) -> str:
    try:
        return str(requests.post(f"{host}/users/create", timeout=30).json()["user_id"])
    except requests.RequestException as error:
        raise NoLoad(f"the service made no user: {error}") from error


def _call(command: Sequence[str], course: Course, told: bytes = b"") -> bytes:
    bound_s = course.window_s + SLACK_S
    try:
        done = subprocess.run(command, input=told, check=False, capture_output=True, timeout=bound_s)
    except subprocess.TimeoutExpired as error:
        raise NoLoad(f"{' '.join(command)} did not end within {bound_s:g} s") from error
    if done.returncode:
        raise NoLoad(f"{' '.join(command)} exited with {done.returncode}: {done.stderr.decode().strip()}")
    return done.stdout


def from_due_ms(rows: Iterable[Sequence[str]], rate: float) -> Times:
    """Give the times from due to end of those of vegeta's *rows* that were answered 200.

    It does not tell when it began: that is taken to be the last instant at which no request was sent before
    it was due.
    """
    correct = np.array(
        [[int(row[column]) for column in (SENT, LATENCY, NUMBER)] for row in rows if row[STATUS] == "200"]
    ).reshape(-1, 3)
    if not len(correct):
        return np.empty(0)
    sent, lasted, number = correct.T
    late = (sent - sent[0]) - number * (NS_PER_S / rate)
    return np.asarray((late - late.min() + lasted) / NS_PER_MS)


def compare(ours: Times, theirs: Times) -> list[Figure]:
    """Put the figures of both side by side; none where one has no times."""
    if not (len(ours) and len(theirs)):
        return []
    return [
        Figure(name, float(np.percentile(ours, percent)), float(np.percentile(theirs, percent)))
        for name, percent in FIGURES.items()
    ]


def table(figures: Sequence[Figure]) -> str:
    """Spell the figures."""
    head = f"{'ms':>5}{'ours':>10}{'vegeta':>10}{'apart':>9}"
    lines = [
        f"{name:>5}{ours:>10.2f}{theirs:>10.2f}{ours / theirs - 1:>+9.1%}" for name, ours, theirs in figures
    ]
    return "\n".join([head, *lines])


def faults(figures: Sequence[Figure], answered: dict[str, int], planned: int) -> list[str]:
    """Say why the two do not agree, in a sentence each."""
    short = [
        f"Of {planned} requests of {name} {count} were answered 200."
        for name, count in answered.items()
        if count != planned
    ]
    far = [
        f"{figure.name} is {figure.apart:+.1%} apart; {ALLOWED:.0%} is allowed."
        for figure in figures
        if abs(figure.apart) > ALLOWED
    ]
    return short + far


def find_vegeta() -> str | None:
    """Give the path of vegeta, if it is installed."""
    return which("vegeta") or which("vegeta", path=Path.home() / "go" / "bin")


def main() -> int:
    """Compare, tell, and give the exit code."""
    parser = argparse.ArgumentParser(description="Our open loop beside vegeta's.")
    parser.add_argument("--cycle", type=float, default=10.0, help="seconds from one freeze to the next")
    parser.add_argument("--frozen", type=float, default=1.0, help="seconds that a freeze lasts")
    parser.add_argument("--cycles", type=int, default=3, help="cycles that each load lasts")
    options = parser.parse_args()
    tool = find_vegeta()
    if tool is None:
        print(MISSING, file=sys.stderr)
        return UNFIT
    try:
        return _compare_now(Course(options.cycle, options.frozen, options.cycles), tool)
    except (NoLoad, NotCalibrated) as error:
        print(error, file=sys.stderr)
        return UNFIT


def _compare_now(course: Course, tool: str) -> int:
    with tempfile.TemporaryDirectory() as folder, freezing_service(course) as host:
        theirs = vegeta_ms(host, course, tool)
        ours = ours_ms(host, course, Path(folder))
    figures = compare(ours, theirs)
    wrong = faults(figures, {"ours": len(ours), "vegeta": len(theirs)}, course.planned)
    print(f"{RATE}/s for {course.window_s:g} s, frozen {course.frozen_s:g} s in {course.cycle_s:g} s")
    print("\n".join([table(figures), *wrong]))
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    return APART if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
