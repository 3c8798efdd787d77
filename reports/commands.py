"""The command lines that made a run, so that a reader can repeat one trial by hand."""

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.results.store.schema import Cell, Run

SYSTEM = "python -m system"


@dataclass(frozen=True)
class Repeat:
    """How to make one trial of a cell by hand, and which cells these lines hold for."""

    cell: str
    lines: list[str]


def whole_run(run: Run) -> list[str]:
    """Return how to make the run again, check its figures and render it."""
    folder = f"results/{run.run_id}"
    return [
        f"python -m benchmarks run {run.profile}",
        f"python -m benchmarks validate {folder}",
        f"python -m reports {folder}",
    ]


def repeats(run: Run) -> list[Repeat]:
    """Return how to make a trial of each cell in the first block."""
    return [Repeat(cell.name, [up(cell), endpoint(cell), load(run, cell)]) for cell in run.cells]


def up(cell: Cell) -> str:
    """Start Kafka, Flink and the functions of *cell*."""
    functions = {"--functions": cell.functions} if cell.functions else {}
    return f"{SYSTEM} up --without-endpoint --data-dir DATA{_options(_baseline(cell) | functions)}"


def endpoint(cell: Cell) -> str:
    """Start the endpoint of *cell* beside them."""
    parts = _baseline(cell) or {
        "--server": cell.server,
        "--client": cell.client,
        "--processes": cell.processes,
        "--threads": cell.threads,
    }
    return f"{SYSTEM} component endpoint --port 5000 --data-dir DATA{_options(parts)}"


def load(run: Run, cell: Cell) -> str:
    """Load it as the first block does."""
    amount: Mapping[str, object] = {"--users": cell.load.users}
    if cell.load.kind == "open":
        amount = {"--rate": f"{cell.load.rate_per_s:g}", "--arrivals": "poisson"}
        if run.limits.lag_ms_p99 is not None:
            amount = {**amount, "--lag-limit": f"{run.limits.lag_ms_p99:g}"}
    times: dict[str, object] = {
        "--warm-up": f"{run.warm_up_s:g}",
        "--window": f"{run.window_s:g}",
        "--seed": run.seed * 1_000,
    }
    if cell.load.kind == "closed" and run.warm_up_at_most_s is not None:
        times["--warm-up-at-most"] = f"{run.warm_up_at_most_s:g}"
    place = {"--host": "http://127.0.0.1:5000", "--out": "OUT"}
    return f"python -m loadtests run{_options({'--scenario': cell.scenario} | place | times | dict(amount))}"


def _baseline(cell: Cell) -> dict[str, object]:
    return {"--baseline": cell.baseline} if cell.baseline else {}


def _options(values: Mapping[str, object]) -> str:
    return "".join(f" {name} {value}" for name, value in values.items())
