"""The commands that the report tells are those that a benchmark calls."""

import shlex
from pathlib import Path

import pytest

from benchmarks.results.command_lines import CommandLines, Timing, load_seed, variant
from benchmarks.results.store.schema import Cell, Load
from reports import commands
from tests.reports import made_up_run

TOLD = {"DATA": "/data", "OUT": "/out", "python": "PYTHON"}
CALLED = CommandLines(
    system=("PYTHON", "-m", "system"),
    loadtests=("PYTHON", "-m", "loadtests"),
    reports=("PYTHON", "-m", "reports"),
)
CLOSED = made_up_run.cell("granian x confluent-kafka")
CELLS = {
    "closed": CLOSED,
    "open": CLOSED.model_copy(update={"load": Load(kind="open", rate_per_s=120)}),
    "baseline": made_up_run.cell("seed-2020"),
    "other functions": CLOSED.model_copy(update={"functions": "module:app"}),
}


def told(line: str) -> set[str]:
    return {TOLD.get(word, word) for word in shlex.split(line)}


@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
def test_told_commands_are_those_that_are_called(cell: Cell) -> None:
    run = made_up_run.run([cell.name], blocks=3).model_copy(update={"warm_up_at_most_s": 8})
    data = Path("/data")
    up, endpoint = set(CALLED.up(variant(cell), data)), set(CALLED.endpoint(cell, data))
    timing = Timing(run.warm_up_s, run.window_s, run.warm_up_at_most_s)
    load = CALLED.load(
        cell, "http://127.0.0.1:5000", load_seed(run.seed, 0), timing, run.limits, Path("/out")
    )
    assert told(commands.up(cell)) == up - {"--ports", "auto"}
    assert told(commands.endpoint(cell)) - {"5000"} == endpoint - {"0"}
    assert told(commands.load(run, cell)) == set(load)
