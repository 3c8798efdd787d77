"""The command lines of the other parts, as values, so that tests put their own in their place."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.plan import Timing, Variant
from benchmarks.results.schema import Cell, Limits
from system.baselines.catalogue import BASELINES

Command = list[str]


@dataclass(frozen=True)
class Commands:
    """How `system`, `loadtests` and `reports` are called."""

    system: Sequence[str] = (sys.executable, "-m", "system")
    loadtests: Sequence[str] = (sys.executable, "-m", "loadtests")
    reports: Sequence[str] = (sys.executable, "-m", "reports")

    def up(self, variant: Variant, data_dir: Path) -> Command:
        """Start Kafka, Flink and the functions, without an endpoint."""
        baseline = ["--baseline", variant.baseline] if variant.baseline else []
        functions = ["--functions", variant.functions] if variant.functions else []
        place = ["--ports", "auto", "--data-dir", str(data_dir)]
        return [*self.system, "up", "--without-endpoint", *place, *baseline, *functions]

    def status(self, data_dir: Path) -> Command:
        """Ask how the components of a running system stand."""
        return [*self.system, "status", "--json", "--data-dir", str(data_dir)]

    def endpoint(self, cell: Cell, data_dir: Path) -> Command:
        """Start an endpoint beside a running system."""
        place = ["--port", "0", "--data-dir", str(data_dir)]
        return [*self.system, "component", "endpoint", *place, *_parts(cell)]

    def load(self, cell: Cell, host: str, seed: int, timing: Timing, limits: Limits, out: Path) -> Command:
        """Load the endpoint at *host*, and write samples and ledger to *out*."""
        times = [
            "--warm-up",
            f"{timing.warm_up_s:g}",
            "--window",
            f"{timing.window_s:g}",
            "--seed",
            str(seed),
        ]
        if cell.load.kind == "closed" and timing.warm_up_at_most_s is not None:
            times += ["--warm-up-at-most", f"{timing.warm_up_at_most_s:g}"]
        place = ["--host", host, "--out", str(out)]
        return [*self.loadtests, "run", "--scenario", cell.scenario, *place, *times, *_amount(cell, limits)]

    def report(self, run: Path) -> Command:
        """Render the report of a run."""
        return [*self.reports, str(run)]

    def index(self, results: Path) -> Command:
        """Render the page over all runs."""
        return [*self.reports, "index", str(results)]


def _parts(cell: Cell) -> Command:
    asked = {name: str(getattr(cell, name)) for name in ("server", "client", "processes", "threads")}
    if cell.baseline is None:
        return _options(asked)
    fixed = BASELINES[cell.baseline].fixed
    return _options(
        {"baseline": cell.baseline} | {name: value for name, value in asked.items() if name not in fixed}
    )


def _options(values: Mapping[str, str]) -> Command:
    return [part for name, value in values.items() for part in (f"--{name}", value)]


def _amount(cell: Cell, limits: Limits) -> Command:
    if cell.load.kind == "closed":
        return ["--users", str(cell.load.users)]
    lag = [] if limits.lag_ms_p99 is None else ["--lag-limit", f"{limits.lag_ms_p99:g}"]
    return ["--rate", f"{cell.load.rate_per_s:g}", "--arrivals", "poisson", *lag]
