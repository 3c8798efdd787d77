import math

import numpy as np
import pytest
from scipy import stats

from benchmarks.results.judge import statistics


def test_log_ratios_pair_block_by_block() -> None:
    assert statistics.log_ratios([2.0, 3.0], [1.0, 3.0]) == [pytest.approx(math.log(2)), 0.0]


def test_a_t_interval_is_that_of_a_worked_example() -> None:
    # mean 0.2, s 0.1, n 3: 0.2 ± 4.302653 * 0.1 / sqrt(3)
    interval = statistics.t_interval([0.1, 0.2, 0.3])
    assert interval.ratio == pytest.approx(math.exp(0.2))
    assert interval.low == pytest.approx(math.exp(0.2 - 0.2484138))
    assert interval.high == pytest.approx(math.exp(0.2 + 0.2484138))


def test_one_block_bounds_nothing() -> None:
    assert statistics.t_interval([0.1]) == statistics.RatioInterval(math.exp(0.1), 0.0, math.inf)


def test_unpaired_intervals_hold_the_ratio_of_the_geometric_means() -> None:
    interval = statistics.welch_interval([110.0, 111.0, 109.0], [100.0, 101.0, 99.0, 100.0])
    assert interval.low < 1.1 < interval.high
    assert interval.low > 1.05
    assert interval.high < 1.15


def test_t_intervals_cover_the_truth_as_often_as_they_say() -> None:
    dice = np.random.default_rng(1)
    intervals = [statistics.t_interval(list(dice.normal(0.1, 0.05, 8))) for _ in range(2_000)]
    covered = np.mean([one.low <= math.exp(0.1) <= one.high for one in intervals])
    assert 0.93 < covered < 0.97


@pytest.mark.parametrize("level", [0.00001, 0.035, 0.5])
@pytest.mark.parametrize(
    ("groups", "freedom"), [(2, 2), (2, 7), (3, 2), (5, 3), (14, 26), (40, 273), (60, 9)]
)
def test_a_quantile_of_the_studentized_range_is_that_of_scipy(
    groups: int, freedom: int, level: float
) -> None:
    quantile = statistics.studentized_quantile(groups, freedom, level)
    assert stats.studentized_range.sf(quantile, groups, freedom) == pytest.approx(level, rel=1e-5)


def test_a_studentized_range_needs_two_groups_and_a_degree_of_freedom() -> None:
    assert statistics.studentized_quantile(1, 5, 0.05) == math.inf
    assert statistics.studentized_quantile(5, 0, 0.05) == math.inf
