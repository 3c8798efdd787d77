"""Goodput of an endpoint at once, twice, five and ten times as many callers as it has places.

    python -m tests.system.faults.goodput --server granian --server gunicorn-gevent --threads 16

Starts a system, one endpoint after the other, and for each number of callers a closed loop of
`python -m loadtests`, whose callers repeat at once what was refused. Prints a table in Markdown:
docs/overload.md has one. The generator shares the machine's cores with the service.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np

from loadtests.measurement.window import summarise
from loadtests.output import read
from system.runtime.endpoint_choice import EndpointOptions, choose
from tests.live_system import ROOT, LiveSystem, start, started

MULTIPLES = (1, 2, 5, 10)
SERVERS = ("granian", "gunicorn-gthread", "gunicorn-gevent")
WARM_UP_S, SLACK_S = 3.0, 60.0
REFUSED = 503
HEAD = (
    "| server | callers / places | succeeded/s | of the best | refused/s | p50 ms | p99 ms | refusal p99 ms |"
)


class Level(NamedTuple):
    """One load: successes and refusals per second, and response times of both in ms."""

    callers: int
    goodput: float
    refused: float
    p50_ms: float
    p99_ms: float
    refusal_p99_ms: float


@contextmanager
def running(system: LiveSystem) -> Iterator[LiveSystem]:
    """Stop *system* in the end."""
    try:
        yield system
    finally:
        system.stop()


def endpoint(backend: LiveSystem, server: str, threads: int, places: int) -> LiveSystem:
    """Start an endpoint with so many places."""
    options = ("--server", server, "--threads", str(threads), "--max-waiting", str(places))
    return started(backend.data_dir, ("component", "endpoint", *options))


def load(address: str, callers: int, window_s: float, out: Path) -> Level:
    """Load the endpoint at *address* and return what came of it."""
    course = ("--warm-up", str(WARM_UP_S), "--window", str(window_s), "--population", "100")
    command = ("run", "--host", f"http://{address}", "--scenario", "find", "--users", str(callers), *course)
    subprocess.run(
        [sys.executable, "-m", "loadtests", *command, "--out", str(out)],
        cwd=ROOT,
        check=False,  # it ends with 1 because some requests were refused
        stdout=subprocess.DEVNULL,
        timeout=WARM_UP_S + window_s + SLACK_S,
    )
    samples, record, *_ = read(out)
    summary = summarise(samples, record.window_start_ns, record.window_end_ns)
    in_window = samples[
        (samples["intended_ns"] >= record.window_start_ns) & (samples["intended_ns"] < record.window_end_ns)
    ]
    refusals = in_window[in_window["status"] == REFUSED]
    refusal_ms = (refusals["ended_ns"] - refusals["intended_ns"]) / 1e6
    return Level(
        callers,
        summary.value("throughput") or 0.0,
        len(refusals) / summary.window_s,
        summary.value("p50") or 0.0,
        summary.value("p99") or 0.0,
        float(np.percentile(refusal_ms, 99)) if len(refusal_ms) else 0.0,
    )


def goodput_of(level: Level) -> float:
    """Return the successes per second of *level*."""
    return level.goodput


def row(server: str, places: int, level: Level, best: float) -> str:
    """Return *level* as a row of the table."""
    share = level.goodput / best if best else 0.0
    figures = f"{level.goodput:,.0f} | {share:.0%} | {level.refused:,.0f}"
    times = f"{level.p50_ms:.0f} | {level.p99_ms:.0f} | {level.refusal_p99_ms:.0f}"
    return f"| {server} | {level.callers} / {places} | {figures} | {times} |"


def measure(backend: LiveSystem, server: str, arguments: argparse.Namespace) -> Sequence[str]:
    """Return the rows of *server*."""
    most: int = choose(EndpointOptions(server=server, threads=arguments.threads)).max_waiting
    places = min(most, arguments.threads)
    with (
        running(endpoint(backend, server, arguments.threads, places)) as attached,
        tempfile.TemporaryDirectory() as folder,
    ):
        rounds = [
            [
                load(attached.endpoint, places * times, arguments.window, Path(folder) / f"{number}-{times}")
                for times in MULTIPLES
            ]
            for number in range(arguments.rounds)
        ]
    levels = [sorted(same, key=goodput_of)[len(same) // 2] for same in zip(*rounds, strict=True)]
    best = max(level.goodput for level in levels)
    return [row(server, places, level, best) for level in levels]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--server", action="append", help=f"may be repeated; default: {', '.join(SERVERS)}")
    parser.add_argument("--threads", type=int, default=16, help="places of a process")
    parser.add_argument("--window", type=float, default=8.0, help="seconds that count, per load")
    parser.add_argument("--rounds", type=int, default=3, help="loads per row, of which the median is shown")
    arguments = parser.parse_args()
    print(HEAD)
    print("| --- " * HEAD.count("| ") + "|", flush=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        running(start(Path(folder) / "data", "--without-endpoint")) as backend,
    ):
        for server in arguments.server or SERVERS:
            print("\n".join(measure(backend, server, arguments)), flush=True)


if __name__ == "__main__":
    main()
