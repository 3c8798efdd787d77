"""The error rates of the judgement, simulated: a false statement in at most 5 % of runs.

`python -m benchmarks simulate` makes 1,000 runs of each kind; here a small number, with a fixed seed.
"""

import numpy as np
import pytest
from click.testing import CliRunner

from benchmarks import simulation
from benchmarks.cli.simulate import simulate
from benchmarks.simulation import (
    NOISES,
    SEQUENTIAL_SIZES,
    SIZES,
    TRUTHS,
    error_rate,
    is_false,
    markdown_table,
)

RUNS = 400


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_a_table_of_equal_cells_makes_a_false_statement_in_at_most_5_percent_of_runs(
    noise: str, size: tuple[int, int]
) -> None:
    assert error_rate("equal", noise, size, RUNS, seed=7).fraction <= 0.05


@pytest.mark.parametrize("noise", NOISES)
def test_looking_after_each_block_makes_no_more_false_statements(noise: str) -> None:
    assert error_rate("equal", noise, (5, 8), RUNS, seed=7, sequential=True).fraction <= 0.05


@pytest.mark.parametrize("noise", NOISES)
def test_cells_that_differ_are_not_put_in_a_wrong_order(noise: str) -> None:
    assert error_rate("stairs", noise, (14, 3), RUNS, seed=7).fraction <= 0.05


def test_the_simulation_notices_a_procedure_that_is_too_bold() -> None:
    random = np.random.default_rng(1)
    false = sum(is_false(simulation.normal(random, 14, 12), np.zeros(14), level=0.9) for _ in range(40))
    assert false > 10


def test_the_table_has_one_row_per_size() -> None:
    rates = [error_rate("equal", noise, (5, 3), 2, seed=1) for noise in NOISES]
    assert markdown_table(rates).count("\n") == 2


def test_the_command_prints_every_kind_of_run() -> None:
    done = CliRunner().invoke(simulate, ["--runs", "1"], catch_exceptions=False)
    assert done.output.count("\n") == 2 + len(TRUTHS) * (len(SIZES) + len(SEQUENTIAL_SIZES))
