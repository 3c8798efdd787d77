import math
from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from benchmarks.results.judge.ranks import LEVEL, Ranking, RankInterval, rank_cells
from benchmarks.results.judge.sequential import blocks_needed, look_level
from benchmarks.results.judge.statistics import RatioInterval
from benchmarks.results.judge.verdicts import Judgement, judge, judging_level, noise_floor, rank_words
from tests.benchmarks.results.runs import blocks_of, cell, run

STEADY = (100.0, 101.0, 99.0, 100.0)
FAST = (200.0, 203.0, 197.0, 201.0)
WILD = (110.0, 190.0, 60.0, 120.0)


def ranking(
    values: Mapping[str, Sequence[float]], *, higher_is_better: bool = True, floor: float = 0.0
) -> Ranking:
    by_block = {name: dict(enumerate(blocks)) for name, blocks in values.items()}
    return rank_cells(by_block, higher_is_better=higher_is_better, floor=floor, smallest_difference=0.05)


def judged(
    ours: Sequence[float],
    theirs: Sequence[float] = STEADY,
    *,
    higher_is_better: bool = True,
    floor: float = 0,
) -> Judgement:
    found = ranking({"ours": ours, "theirs": theirs}, higher_is_better=higher_is_better, floor=floor)
    return judge(found, "ours", "theirs", 0.05)


def test_a_clear_gain_is_faster_and_its_inverse_slower() -> None:
    assert judged(FAST).verdict == "faster"
    assert judged(STEADY, FAST).verdict == "slower"


def test_more_milliseconds_are_slower() -> None:
    assert judged(FAST, higher_is_better=False).verdict == "slower"


def test_a_tie_needs_an_interval_within_the_smallest_difference_that_matters() -> None:
    assert judged((100.1, 101.0, 99.1, 99.8)).verdict == "tie"
    assert judged(WILD).verdict == "unknown"


def test_a_difference_too_small_to_matter_is_a_tie_and_no_rank_however_sure() -> None:
    ours = tuple(1.02 * one for one in STEADY)
    assert judged(ours).verdict == "tie"
    assert set(ranking({"a": ours, "b": STEADY}).ranks().values()) == {RankInterval(1, 2)}


def test_nothing_is_ranked_below_the_floor_of_the_pair_that_is_equal() -> None:
    judgement = judged(FAST, floor=1.5)
    assert judgement.verdict == "unknown"
    assert "the A/A pair differs by 150.0% itself" in judgement.reason


def test_the_floor_is_as_wide_as_the_control_is_far_from_one() -> None:
    assert noise_floor(RatioInterval(1.04, 1.0, 1.1)) == pytest.approx(0.04)
    assert noise_floor(RatioInterval(1 / 1.04, 0.9, 1.0)) == pytest.approx(0.04)
    assert noise_floor(None) is None


def test_one_block_is_unknown() -> None:
    judgement = judged((500.0,), (100.0,))
    assert (judgement.verdict, judgement.reason) == (
        "unknown",
        "1 block with both cells; at least 2 are needed",
    )


def test_an_unknown_verdict_counts_the_blocks_that_its_spread_would_take() -> None:
    near = (108.0, 128.0, 109.0, 128.0)
    assert "at this spread, about" in judged(near).reason
    assert "blocks would decide" in judged(near).reason
    assert "more than 200 blocks" in judged((60.0, 180.0, 70.0, 150.0)).reason


def test_a_pair_inside_one_that_is_not_shown_is_unknown_and_names_that_one() -> None:
    quiet = {f"slow {number}": tuple(one + number for one in STEADY) for number in range(4)}
    found = ranking({"wild": (120.0, 400.0, 130.0, 390.0), "fast": FAST, **quiet})
    assert list(found.cells[:2]) == ["wild", "fast"]
    judgement = judge(found, "fast", "slow 0", 0.05)
    assert found.interval("fast", "slow 0").low > 1
    assert judgement.verdict == "unknown"
    assert "but wild and slow 0, which are further apart, are not shown to differ" in judgement.reason


def test_the_word_never_contradicts_the_order() -> None:
    found = ranking({"a": FAST, "b": STEADY, "c": WILD})
    for place, cell_name in enumerate(found.cells):
        below = {judge(found, cell_name, other, 0.05).verdict for other in found.cells[place + 1 :]}
        assert "slower" not in below


@pytest.mark.parametrize(
    ("rank", "words"), [(RankInterval(1, 1), "1"), (RankInterval(2, 4), "2 to 4"), (None, "–")]
)
def test_a_rank_is_printed_as_the_ranks_that_a_cell_can_have(rank: RankInterval | None, words: str) -> None:
    assert rank_words(rank) == words


def test_a_run_is_judged_at_the_level_of_the_look_at_which_it_ended() -> None:
    a = cell("a")
    trials = blocks_of("a", 100, blocks=4)

    def level(blocks: int, ended: str | None) -> float:
        return judging_level(run(a, blocks=blocks, budget_s=9, ended=ended), trials)

    assert judging_level(run(a, blocks=4), trials) == LEVEL
    assert level(6, None) == level(6, "decided") == look_level(4, 6)
    assert level(6, "budget") == look_level(4, 6, last=True) > look_level(4, 6)
    assert level(4, "blocks") == look_level(4, 4, last=True)


def simulated(differences: list[float], blocks: int, noise: float, seed: int) -> list[Judgement]:
    """One run of known truth: blocks are slow or fast as a whole, trials vary too, one cell is A/A."""
    dice = np.random.default_rng(seed)
    machine = dice.normal(0, 0.2, blocks)
    logs = np.array([math.log1p(one) for one in (0.0, 0.0, *differences)])[:, None]
    cells = logs + machine + dice.normal(0, noise, (2 + len(differences), blocks))
    floor = math.expm1(abs(float((cells[1] - cells[0]).mean())))
    values = {str(number): np.exp(one).tolist() for number, one in enumerate(cells) if number != 1}
    found = ranking(values, floor=floor)
    return [judge(found, name, "0", 0.05) for name in values if name != "0"]


@pytest.mark.parametrize("cells", [2, 5])
def test_ten_percent_at_five_percent_noise_is_found_with_the_blocks_asked_for(cells: int) -> None:
    blocks = blocks_needed(cells)
    runs = [simulated([0.1] + [0.0] * (cells - 2), blocks, 0.05, seed) for seed in range(400)]
    assert sum(run[0].verdict == "faster" for run in runs) >= 0.78 * len(runs)


def test_a_tie_is_claimed_of_cells_that_differ_in_at_most_five_runs_of_a_hundred() -> None:
    runs = [simulated([0.05], 8, 0.02, seed) for seed in range(400)]
    assert sum(run[0].verdict == "tie" for run in runs) <= 20
