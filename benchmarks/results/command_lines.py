"""The command lines of `system`, `loadtests` and `reports`: a run calls them, and its report prints them."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.results.store.schema import Cell, Limits, Run
from system.baselines.catalogue import BASELINES

CommandLine = list[str]


@dataclass(frozen=True)
class Variant:
    """The options of a runtime (Kafka, Flink and the functions); cells of the same variant share it."""

    baseline: str | None
    functions: str | None
    version: str | None = None
    """The commit whose code it runs; None is the working tree."""
    is_control: bool = False
    """Whether it is a second runtime of the same options, for an A/A twin."""

    @property
    def name(self) -> str:
        """A name that can be a folder's."""
        version = short(self.version) if self.version else None
        parts = [self.baseline or "current", self.functions, version, "control" if self.is_control else None]
        return "-".join(filter(None, parts)).replace(":", "-").replace("/", "-")


def short(commit: str) -> str:
    """Return the first seven digits of *commit*, as Git abbreviates it."""
    return commit[:7]


def variant(cell: Cell) -> Variant:
    """Return the variant of the runtime that *cell* needs."""
    baseline = BASELINES.get(cell.baseline or "")
    own = baseline is not None and baseline.has_own_runtime
    return Variant(cell.baseline if own else None, cell.functions, cell.version, cell.own_runtime)


@dataclass(frozen=True)
class SystemProgram:
    """The words that start `python -m system` of one version, and the folder to start it in (None: any)."""

    words: Sequence[str]
    folder: Path | None = None


@dataclass(frozen=True)
class Timing:
    """Length of a load's warm-up and window; *warm_up_at_most_s* bounds a warm-up that ends when steady."""

    warm_up_s: float
    window_s: float
    warm_up_at_most_s: float | None = None

    @property
    def longest_s(self) -> float:
        """How long the load takes at most."""
        return max(self.warm_up_s, self.warm_up_at_most_s or 0.0) + self.window_s

    @property
    def likely_s(self) -> float:
        """How long the load is likely to take: half of what the warm-up may be extended by."""
        return (self.warm_up_s + self.window_s + self.longest_s) / 2


def timing(run: Run) -> Timing:
    """Return the timing of each load of *run*."""
    return Timing(run.warm_up_s, run.window_s, run.warm_up_at_most_s)


def is_loaded_openly(run: Run, cell: Cell) -> bool:
    """Return whether *cell* has an open loop too; a baseline cannot carry the common rate."""
    return run.open is not None and cell.baseline is None and cell.load.kind == "closed"


def load_seed(seed: int, block: int) -> int:
    """Return the seed of arrivals and keys: the same for each cell of a block, another in each block."""
    return seed * 1_000 + block


@dataclass(frozen=True)
class CommandLines:
    """The command lines, with the words that each of the three programs is started by."""

    system: Sequence[str] = (sys.executable, "-m", "system")
    loadtests: Sequence[str] = (sys.executable, "-m", "loadtests")
    reports: Sequence[str] = (sys.executable, "-m", "reports")
    versions: Mapping[str, SystemProgram] = field(default_factory=dict)
    """Commit -> its system; that of the working tree is *system*."""

    def system_folder(self, version: str | None) -> Path | None:
        """Return the folder in which the commands of *version* of the system are started; None is any."""
        return self._system(version).folder

    def _system(self, version: str | None) -> SystemProgram:
        return self.versions.get(version or "", SystemProgram(self.system))

    def up(self, wanted: Variant, data_dir: str | Path, ports: str | None = "auto") -> CommandLine:
        """Start Kafka, Flink and the functions, without an endpoint; *ports* None is the fixed ports."""
        options = {"ports": ports, "data-dir": str(data_dir)}
        parts = {"baseline": wanted.baseline, "functions": wanted.functions}
        words = self._system(wanted.version).words
        return [*words, "up", "--without-endpoint", *_options(options | parts)]

    def status(self, wanted: Variant, data_dir: Path) -> CommandLine:
        """Print the state of each component of a running system."""
        words = self._system(wanted.version).words
        return [*words, "status", "--json", *_options({"data-dir": data_dir})]

    def endpoint(self, cell: Cell, data_dir: str | Path, port: int = 0) -> CommandLine:
        """Start an endpoint of *cell* beside a running system; *port* 0 is a free one."""
        options = {"port": port, "data-dir": data_dir} | _endpoint_parts(cell)
        return [*self._system(cell.version).words, "component", "endpoint", *_options(options)]

    def load(
        self, cell: Cell, host: str, seed: int, timing: Timing, limits: Limits, out: str | Path
    ) -> CommandLine:
        """Load the endpoint at *host*, and write samples and ledger to *out*."""
        closed = cell.load.kind == "closed"
        options = {
            "scenario": cell.scenario,
            "host": host,
            "out": out,
            "warm-up": f"{timing.warm_up_s:g}",
            "window": f"{timing.window_s:g}",
            "seed": seed,
            "warm-up-at-most": _number(timing.warm_up_at_most_s) if closed else None,
        }
        return [*self.loadtests, "run", *_options(options | _amount(cell, limits))]

    def report(self, run: str | Path) -> CommandLine:
        """Render the report of a run."""
        return [*self.reports, str(run)]

    def index(self, results: Path) -> CommandLine:
        """Render the page over all runs."""
        return [*self.reports, "index", str(results)]


def _endpoint_parts(cell: Cell) -> dict[str, object]:
    """Return server, client and concurrency of *cell*, without those that its baseline fixes."""
    parts = {name: getattr(cell, name) for name in ("server", "client", "processes", "threads")}
    fixed = BASELINES[cell.baseline].fixed if cell.baseline else {}
    return {"baseline": cell.baseline} | {name: part for name, part in parts.items() if name not in fixed}


def _amount(cell: Cell, limits: Limits) -> dict[str, object]:
    if cell.load.kind == "closed":
        return {"users": cell.load.users}
    return {
        "rate": _number(cell.load.rate_per_s),
        "arrivals": "poisson",
        "lag-limit": _number(limits.lag_ms_p99),
    }


def _number(value: float | None) -> str | None:
    return None if value is None else f"{value:g}"


def _options(values: Mapping[str, object]) -> CommandLine:
    """Return *values* as options, without those that are None."""
    known = {name: value for name, value in values.items() if value is not None}
    return [word for name, value in known.items() for word in (f"--{name}", str(value))]
