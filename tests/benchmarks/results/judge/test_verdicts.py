import math

import numpy as np
import pytest

from benchmarks.results.judge.statistics import RatioInterval, blocks_needed
from benchmarks.results.judge.verdicts import Judgement, MetricRule, Pair, judge_all, noise_floor, resolution

THROUGHPUT = MetricRule(higher_is_better=True, smallest_difference=0.05, floor=None)
LATENCY = MetricRule(higher_is_better=False, smallest_difference=0.05, floor=None)
CLEAR = [0.50, 0.51, 0.49, 0.52, 0.50, 0.48, 0.50, 0.51]


def judged(ratios: list[float], rule: MetricRule = THROUGHPUT) -> Judgement:
    return judge_all([Pair(ratios)], rule)[0]


def test_a_clear_gain_is_faster_and_its_inverse_slower() -> None:
    assert judged(CLEAR).verdict == "faster"
    assert judged([-ratio for ratio in CLEAR]).verdict == "slower"


def test_more_milliseconds_are_slower() -> None:
    assert judged(CLEAR, LATENCY).verdict == "slower"


def test_a_tie_needs_an_interval_within_the_smallest_difference_that_matters() -> None:
    assert judged([0.001, -0.002, 0.0, 0.002, -0.001, 0.001]).verdict == "tie"
    assert judged([0.1, -0.2, 0.05, 0.2, -0.15, 0.03]).verdict == "unknown"


def test_a_difference_too_small_to_matter_is_a_tie_however_sure() -> None:
    assert judged([0.02, 0.0201, 0.0199, 0.02, 0.0202, 0.02]).verdict == "tie"


def test_nothing_is_ranked_below_the_floor_of_the_pair_that_is_equal() -> None:
    judgement = judged(CLEAR, MetricRule(higher_is_better=True, smallest_difference=0.05, floor=1.0))
    assert judgement.verdict == "unknown"
    assert "A/A" in judgement.reason


def test_the_floor_is_as_wide_as_the_control_is_far_from_one() -> None:
    assert noise_floor(RatioInterval(1.04, 1.0, 1.1)) == pytest.approx(0.04)
    assert noise_floor(RatioInterval(1 / 1.04, 0.9, 1.0)) == pytest.approx(0.04)
    assert noise_floor(None) is None


def test_an_obstacle_makes_a_comparison_invalid_whatever_its_ratios() -> None:
    judgement = judge_all([Pair(CLEAR, "its ledger does not balance")], THROUGHPUT)[0]
    assert (judgement.verdict, judgement.reason) == ("invalid", "its ledger does not balance")


def test_an_invalid_comparison_costs_the_others_nothing() -> None:
    alone = judge_all([Pair(CLEAR)], THROUGHPUT)[0]
    together = judge_all([Pair(CLEAR), Pair([], "no valid trial")], THROUGHPUT)[0]
    assert alone == together


def test_one_block_is_unknown() -> None:
    assert judged([0.5]).verdict == "unknown"


def test_three_blocks_are_said_not_to_suffice_for_sign_flips() -> None:
    large = judged([3.9, 3.8, 4.0])
    assert large.verdict == "faster"
    assert "3 blocks cannot reach p < 0.05 by sign flips" in large.reason
    assert judged([0.1, 0.2, 0.05]).verdict == "unknown"
    assert "3 blocks cannot reach" in judged([0.1, 0.2, 0.05]).reason


def test_one_wild_block_needs_the_sign_flips_to_agree() -> None:
    # Seven steady blocks and a reversed one: t after Holm over one comparison would do, sign flips do not.
    assert judged([0.2, 0.21, 0.19, 0.2, 0.2, 0.2, 0.21, -0.2]).verdict == "unknown"


def test_a_run_says_what_its_blocks_cannot_resolve() -> None:
    assert "cannot reach" in resolution(3, 4)
    assert "10 %" in resolution(blocks_needed(4), 4)
    assert "cannot reach" not in resolution(blocks_needed(4), 4)


def simulated(differences: list[float], blocks: int, noise: float, seed: int) -> list[Judgement]:
    """One run of known truth: blocks are slow or fast as a whole, trials vary too, one cell is A/A."""
    dice = np.random.default_rng(seed)
    machine = dice.normal(0, 0.2, blocks)
    logs = np.array([math.log1p(one) for one in (0.0, 0.0, *differences)])[:, None]
    cells = logs + machine + dice.normal(0, noise, (2 + len(differences), blocks))
    floor = noise_floor(RatioInterval(math.exp(float((cells[1] - cells[0]).mean())), 0, math.inf))
    pairs = [Pair(list(cell - cells[0])) for cell in cells[2:]]
    return judge_all(pairs, MetricRule(higher_is_better=True, smallest_difference=0.05, floor=floor))


@pytest.mark.parametrize("blocks", [3, 8])
def test_equal_cells_are_ranked_in_at_most_five_runs_of_a_hundred(blocks: int) -> None:
    runs = [simulated([0.0] * 4, blocks, 0.05, seed) for seed in range(1_000)]
    wrong = sum(any(one.verdict in ("faster", "slower") for one in run) for run in runs)
    assert wrong <= 50


@pytest.mark.parametrize("comparisons", [1, 4, 10])
def test_ten_percent_at_five_percent_noise_is_found_with_the_blocks_asked_for(comparisons: int) -> None:
    blocks = blocks_needed(comparisons)
    runs = [simulated([0.1] + [0.0] * (comparisons - 1), blocks, 0.05, seed) for seed in range(400)]
    assert sum(run[0].verdict == "faster" for run in runs) >= 0.8 * len(runs)


def test_a_tie_is_claimed_of_cells_that_differ_in_at_most_five_runs_of_a_hundred() -> None:
    runs = [simulated([0.05], 8, 0.02, seed) for seed in range(1_000)]
    assert sum(run[0].verdict == "tie" for run in runs) <= 50
