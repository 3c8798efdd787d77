"""The command lines that made a run, so that a reader can repeat one trial by hand."""

import shlex
from dataclasses import dataclass

from benchmarks.results.command_lines import (
    CommandLines,
    Timing,
    is_loaded_openly,
    load_seed,
    short,
    timing,
    variant,
)
from benchmarks.results.store.schema import Cell, Load, Run

PORT = 5000
LINES = CommandLines(
    system=("python", "-m", "system"),
    loadtests=("python", "-m", "loadtests"),
    reports=("python", "-m", "reports"),
)


@dataclass(frozen=True)
class Repeat:
    """How to make one trial of a cell by hand, and which cells these lines hold for."""

    cell: str
    lines: list[str]


def whole_run(run: Run) -> list[str]:
    """Return how to make the run again, check its figures and render it."""
    folder = f"results/{run.run_id}"
    against = ["--against", run.against.commit] if run.against else []
    return [
        shlex.join(["python", "-m", "benchmarks", "run", profile(run), *run.options, *against]),
        f"python -m benchmarks validate {folder}",
        shlex.join(LINES.report(folder)),
    ]


def profile(run: Run) -> str:
    """Return the profile as an argument: its name, or the file in which its stored content is to be saved."""
    return run.profile if run.profile_text is None else f"{run.profile}.toml"


def repeats(run: Run) -> list[Repeat]:
    """Return how to make a trial of each cell in the first block."""
    return [
        Repeat(
            cell.name,
            [*in_version(cell, up(cell), endpoint(cell)), load(run, cell), *open_load(run, cell)],
        )
        for cell in run.cells
    ]


def in_version(cell: Cell, *lines: str) -> list[str]:
    """Return *lines* as they are started in a worktree of the version of *cell*."""
    if cell.version is None:
        return list(lines)
    tree = f"../at-{short(cell.version)}"
    made = shlex.join(["git", "worktree", "add", "--detach", tree, cell.version])
    return [made, *(f"(cd {tree} && {line})" for line in lines)]


def up(cell: Cell) -> str:
    """Return the line that starts Kafka, Flink and the functions of *cell*."""
    return shlex.join(LINES.up(variant(cell), "DATA", ports=None))


def endpoint(cell: Cell) -> str:
    """Return the line that starts the endpoint of *cell* beside them."""
    return shlex.join(LINES.endpoint(cell, "DATA", PORT))


def load(run: Run, cell: Cell) -> str:
    """Return the line that loads it as the first block does."""
    host, seed = f"http://127.0.0.1:{PORT}", load_seed(run.seed, 0)
    return shlex.join(LINES.load(cell, host, seed, timing(run), run.limits, "OUT"))


def open_load(run: Run, cell: Cell) -> list[str]:
    """Return the line of the open loop that follows; none where *cell* has no such loop."""
    if run.open is None or run.open_rate_per_s is None or not is_loaded_openly(run, cell):
        return []
    host, seed = f"http://127.0.0.1:{PORT}", load_seed(run.seed, 0)
    opened = cell.model_copy(update={"load": Load(kind="open", rate_per_s=run.open_rate_per_s)})
    length = Timing(run.open.warm_up_s, run.open.window_s)
    return [shlex.join(LINES.load(opened, host, seed, length, run.limits, "OUT-open"))]
