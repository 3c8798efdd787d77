import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.results.judge import statistics

RATIOS = st.lists(st.floats(-1, 1), min_size=2, max_size=8)


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
    assert statistics.t_test([0.1]) == 1.0


def test_equal_blocks_are_no_difference_and_equal_ratios_are_one() -> None:
    assert statistics.t_test([0.0, 0.0, 0.0]) == 1.0
    assert statistics.t_test([0.1, 0.1, 0.1]) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("blocks", [2, 3, 5, 8])
def test_sign_flips_reach_two_in_two_to_the_n_at_best(blocks: int) -> None:
    assert statistics.sign_flip_test([0.1 * (1 + block) for block in range(blocks)]) == 2 / 2**blocks


def test_sign_flips_count_the_patterns_at_least_as_far_from_zero() -> None:
    # |sum| of ±1 ±2 ±3 is 6, 4, 2, 0 for two patterns each; seen is 4.
    assert statistics.sign_flip_test([-1.0, 2.0, 3.0]) == 4 / 8


@given(RATIOS)
def test_sign_flips_do_not_care_which_cell_is_the_reference(ratios: list[float]) -> None:
    swapped = [-ratio for ratio in ratios]
    assert statistics.sign_flip_test(ratios) == statistics.sign_flip_test(swapped)


def test_samples_of_any_lengths_are_tested_together_as_each_alone() -> None:
    samples = [[0.1, 0.2, -0.05], [0.3, 0.2], [-0.1, 0.02, 0.4]]
    assert statistics.sign_flip_tests(samples) == [statistics.sign_flip_test(one) for one in samples]


def test_more_blocks_than_can_be_enumerated_are_sampled() -> None:
    assert statistics.sign_flip_test([0.1] * 20) < 0.001


def test_holm_multiplies_the_smallest_by_the_number_of_comparisons() -> None:
    assert statistics.holm([0.04, 0.01, 0.03]) == pytest.approx([0.06, 0.03, 0.06])


@given(st.lists(st.floats(0, 1), max_size=6))
def test_holm_never_makes_a_p_smaller_and_keeps_their_order(p_values: list[float]) -> None:
    adjusted = statistics.holm(p_values)
    assert all(after >= before for before, after in zip(p_values, adjusted, strict=True))
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    assert [adjusted[index] for index in order] == sorted(adjusted)
    assert all(after <= 1 for after in adjusted)


@pytest.mark.parametrize(("comparisons", "blocks"), [(1, 6), (3, 7), (4, 8), (6, 8), (12, 9), (25, 10)])
def test_sign_flips_need_the_blocks_that_two_to_the_n_asks_for(comparisons: int, blocks: int) -> None:
    assert statistics.sign_flip_blocks(comparisons) == blocks


def test_more_comparisons_and_more_noise_need_more_blocks() -> None:
    assert statistics.blocks_needed(1) <= statistics.blocks_needed(4) <= statistics.blocks_needed(20)
    assert statistics.blocks_needed(4, noise=0.05) < statistics.blocks_needed(4, noise=0.2)


@pytest.mark.parametrize(("blocks", "comparisons"), [(2, 1), (3, 4), (8, 1), (10, 20)])
def test_the_difference_found_has_just_the_power_asked_for(blocks: int, comparisons: int) -> None:
    difference = statistics.difference_found(blocks, comparisons)
    effect = math.log1p(difference) / (0.05 * math.sqrt(2))
    assert statistics.t_power(effect, blocks, 0.05 / comparisons) == pytest.approx(0.8, abs=1e-3)


def test_the_power_of_a_true_difference_is_how_often_it_is_found() -> None:
    dice, effect = np.random.default_rng(2), 1.2
    found = [statistics.t_test(list(dice.normal(effect, 1, 6))) <= 0.05 for _ in range(2_000)]
    assert np.mean(found) == pytest.approx(statistics.t_power(effect, 6, 0.05), abs=0.03)


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
