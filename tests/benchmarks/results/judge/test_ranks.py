import math
from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.results.judge.ranks import Ranking, RankInterval, consistent, fit, rank_cells
from tests.benchmarks.results.runs import NOISY

CLEAR = {
    "fast": (200.0, 202.0, 198.0, 201.0),
    "slow": (100.0, 101.0, 99.0, 100.0),
    "equal": (100.5, 100.0, 99.5, 100.0),
}


def ranked(
    values: Mapping[str, tuple[float, ...]], *, higher_is_better: bool = True, floor: float = 0.0
) -> Ranking:
    by_block = {cell: dict(enumerate(blocks)) for cell, blocks in values.items()}
    return rank_cells(by_block, higher_is_better=higher_is_better, floor=floor)


def test_a_cell_that_is_clearly_faster_has_rank_1_alone() -> None:
    assert ranked(CLEAR).ranks() == {
        "fast": RankInterval(1, 1),
        "slow": RankInterval(2, 3),
        "equal": RankInterval(2, 3),
    }


def test_the_order_is_turned_round_where_less_is_better() -> None:
    assert ranked(CLEAR, higher_is_better=False).ranks()["fast"] == RankInterval(3, 3)


def test_the_top_of_a_noisy_run_is_a_prefix_of_the_order_by_estimate() -> None:
    ranking = ranked(NOISY)
    assert ranking.top() == list(ranking.cells[: len(ranking.top())])
    assert ranking.cells[0] == "granian"
    assert ranking.ranks()["seed-2020"].first > 1


def test_a_noisy_cell_below_keeps_a_quiet_one_above_it_from_being_called_slower() -> None:
    shown = np.array([[False, True, False], [False, False, False], [False, False, False]])
    assert not consistent(shown).any()


def test_equal_cells_are_a_tie_only_within_the_difference_that_matters() -> None:
    ranking = ranked(CLEAR)
    assert ranking.is_tie("slow", "equal", 0.05)
    assert not ranking.is_tie("slow", "equal", 0.001)
    assert not ranking.is_tie("fast", "slow", 0.05)


def test_no_difference_below_that_of_the_control_is_shown() -> None:
    assert ranked(CLEAR, floor=1.5).top() == ["fast", "equal", "slow"]


def test_a_pair_that_shares_one_block_is_not_judged() -> None:
    ranking = rank_cells({"a": {0: 100.0, 1: 100.0}, "b": {1: 1.0, 2: 1.0}}, higher_is_better=True)
    assert ranking.interval("a", "b").high == math.inf
    assert ranking.top() == ["a", "b"]


def test_a_missing_block_is_allowed_for_in_the_estimate() -> None:
    """Block 2 was twice as fast for all; the cell that lacks it is not punished for that."""
    logs = np.log(np.array([[100.0, 100.0, 200.0], [110.0, 110.0, math.nan], [90.0, 90.0, 180.0]]))
    effects, _, freedom = fit(logs)
    assert effects[1] - effects[0] == pytest.approx(math.log(1.1))
    assert freedom == 3


matrices = st.integers(2, 6).flatmap(
    lambda cells: st.integers(2, 5).flatmap(
        lambda blocks: st.lists(
            st.lists(st.floats(1, 1000), min_size=blocks, max_size=blocks), min_size=cells, max_size=cells
        )
    )
)


@settings(deadline=None)  # a quantile that was not needed before takes a while
@given(matrices)
def test_ranks_agree_with_the_order_whatever_the_values(rows: list[list[float]]) -> None:
    ranking = rank_cells({str(i): dict(enumerate(row)) for i, row in enumerate(rows)}, higher_is_better=True)
    ranks = list(ranking.ranks().values())
    assert ranks[0].first == 1
    assert all(a.first <= b.first and a.last <= b.last for a, b in pairwise(ranks))
    assert all(1 <= one.first <= place + 1 <= one.last <= len(ranks) for place, one in enumerate(ranks))
