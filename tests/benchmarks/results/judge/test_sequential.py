import pytest

from benchmarks.results.judge.ranks import LEVEL
from benchmarks.results.judge.sequential import (
    blocks_needed,
    blocks_to_decide,
    difference_found,
    look_level,
    look_levels,
    shown_probability,
)


def test_the_levels_of_all_looks_add_up_to_that_of_one() -> None:
    assert sum(look_levels(9)) == pytest.approx(LEVEL)
    assert sum(look_level(blocks, 9) for blocks in range(3, 10)) == pytest.approx(LEVEL)


def test_a_run_whose_time_ends_early_spends_all_that_is_left_at_its_last_look() -> None:
    spent = sum(look_level(blocks, 9) for blocks in range(3, 6))
    assert spent + look_level(6, 9, last=True) == pytest.approx(LEVEL)


def test_a_single_look_has_the_whole_level() -> None:
    assert look_level(3, 3) == pytest.approx(LEVEL)
    assert look_level(2, 2) == LEVEL


def test_more_blocks_are_needed_for_more_cells_and_for_smaller_differences() -> None:
    assert blocks_needed(2) < blocks_needed(14)
    assert blocks_needed(5, difference=0.3) < blocks_needed(5, difference=0.1)


def test_the_blocks_that_are_planned_reach_the_power_that_is_stated() -> None:
    blocks = blocks_needed(5)
    assert shown_probability(5, blocks, 0.1, 0.05) >= 0.8 > shown_probability(5, blocks - 1, 0.1, 0.05)
    assert difference_found(5, blocks) <= 0.1


def test_a_pair_near_the_difference_that_matters_would_take_more_blocks_than_are_counted() -> None:
    assert blocks_to_decide(5, 0.3, 0.05, 0.07, 0.05) in range(3, 8)
    assert blocks_to_decide(5, 0.0488, 0.2, 0.3, 0.05) is None
