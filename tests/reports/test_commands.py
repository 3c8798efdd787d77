"""The commands that the report tells are those that a benchmark calls."""

import shlex
from pathlib import Path

import pytest

from benchmarks.results.command_lines import CommandLines, Timing, load_seed, variant
from benchmarks.results.store.schema import Cell, Load, OpenPlan
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


def test_a_run_is_repeated_with_its_options_and_its_own_profile() -> None:
    run = made_up_run.run(["a x b"], blocks=3).model_copy(update={"options": ["--blocks", "5"]})
    assert commands.whole_run(run)[0] == "python -m benchmarks run quick --blocks 5"
    own = run.model_copy(update={"profile": "mine", "profile_text": "blocks = 3"})
    assert commands.whole_run(own)[0] == "python -m benchmarks run mine.toml --blocks 5"


def test_the_open_loop_of_a_trial_has_a_line_but_not_that_of_a_baseline() -> None:
    plan = {"open": OpenPlan(window_s=4), "open_rate_per_s": 260.0}
    run = made_up_run.run([CLOSED.name], blocks=3).model_copy(update=plan)
    [line] = commands.open_load(run, CLOSED)
    assert {"--rate", "260", "--window", "4"} <= set(shlex.split(line))
    assert commands.open_load(run, CELLS["baseline"]) == []
