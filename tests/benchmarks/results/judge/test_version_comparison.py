"""Verdicts on a change of this code: two versions in the same blocks, known truth."""

from collections.abc import Mapping

import numpy as np
import pytest

from benchmarks.results.judge.metrics import METRICS, THROUGHPUT
from benchmarks.results.judge.version_comparison import (
    MetricNoise,
    VersionComparison,
    compare_versions,
    interval,
    judge_interval,
    residual,
    version_headline,
    version_lines,
)
from benchmarks.results.store.schema import Against, Run
from benchmarks.results.store.trial_schema import Trial
from benchmarks.simulation import NOISES
from tests.benchmarks.results import runs

SHA = "abc1234" + "0" * 33
AGAINST = Against(ref="HEAD~1", commit=SHA, subject="endpoint: faster")
NAME = "abc1234"


def two_versions(blocks: int = 8) -> Run:
    ours = runs.cell("x")
    return runs.run(
        ours,
        ours.model_copy(update={"name": "x (at abc1234)", "version": SHA}),
        ours.model_copy(update={"name": "x (A/A)", "twin_of": "x", "own_runtime": True}),
        blocks=blocks,
        against=AGAINST,
    )


def compared(
    rates: Mapping[str, float], blocks: int = 8, noise: float = 0.01, spoiled: dict[str, object] | None = None
) -> VersionComparison:
    trials = [
        trial
        for seed, (name, rate) in enumerate(rates.items())
        for trial in runs.blocks_of(name, rate, blocks, noise, seed=seed)
    ]
    if spoiled:
        trials[0] = trials[0].model_copy(update=spoiled)
    found = compare_versions(two_versions(blocks), trials)
    assert found is not None
    return found


def of_throughput(found: VersionComparison) -> str:
    return next(one.verdict for one in found.changes if one.metric is THROUGHPUT)


def rates(ours: float) -> dict[str, float]:
    return {"x": ours, "x (at abc1234)": 100.0, "x (A/A)": ours}


def test_a_loss_of_a_fifth_is_slower_in_throughput_and_response_time_and_fails() -> None:
    found = compared(rates(80))
    assert of_throughput(found) == "slower"
    assert {one.metric.name for one in found.of("slower")} == {
        "throughput",
        "response mean",
        "response p50",
        "response p99",
    }
    assert found.has_failed
    assert version_headline(found, NAME).startswith(
        "Slower in throughput of x (0.80 times, 95 % interval 0.7"
    )


def test_a_gain_is_faster_and_does_not_fail() -> None:
    found = compared(rates(120))
    assert of_throughput(found) == "faster"
    assert not found.has_failed


def test_equal_versions_are_a_tie_and_never_a_winner() -> None:
    found = compared(rates(100))
    assert {one.verdict for one in found.changes} == {"tie"}
    assert version_headline(found, NAME) == (
        "No difference from abc1234 that matters: all 6 figures within ±5%."
    )


def test_a_loss_that_may_be_smaller_than_what_matters_is_slower_and_does_not_fail() -> None:
    found = compared(rates(94), noise=0.015)
    assert of_throughput(found) == "slower"
    assert not found.has_failed


def test_a_difference_that_the_equal_pair_has_too_is_not_stated() -> None:
    found = compared({"x": 80.0, "x (at abc1234)": 100.0, "x (A/A)": 120.0})
    assert of_throughput(found) == "unknown"
    assert "the A/A pair differs by" in "\n".join(version_lines(found, NAME))


@pytest.mark.parametrize("blocks", [0, 1, 2])
def test_fewer_than_three_blocks_carry_no_verdict(blocks: int) -> None:
    found = compared(rates(10), blocks=blocks) if blocks else compare_versions(two_versions(), [])
    assert found is not None
    assert not found.of("slower")
    assert not found.of("tie")


def test_a_ledger_that_does_not_balance_in_either_version_is_no_result() -> None:
    found = compared(rates(100), spoiled={"ledger": runs.UNBALANCED, "valid": False, "failure": "doubled"})
    assert {one.verdict for one in found.changes} == {"invalid"}
    assert found.has_failed
    assert "its ledger does not balance in block 1" in version_headline(found, NAME)


def test_a_block_that_one_version_lacks_is_left_out() -> None:
    trials: list[Trial] = []
    for seed, (name, rate) in enumerate(rates(80).items()):
        trials += runs.blocks_of(name, rate, 8, 0.01, seed=seed)[seed:]
    found = compare_versions(two_versions(), trials)
    assert found is not None
    assert {one.blocks for one in found.changes} == {7}
    assert of_throughput(found) == "slower"


def test_a_run_of_one_version_has_no_such_comparison() -> None:
    assert compare_versions(runs.run(runs.cell("x")), []) is None


def test_the_lines_have_one_figure_of_each_metric() -> None:
    lines = list(version_lines(compared(rates(80)), NAME))
    assert len(lines) == 2 + len(METRICS)
    assert "throughput                slower: 0.8" in lines[2]


SIMULATED = 400
FAMILY = 5


@pytest.mark.parametrize("blocks", [3, 8])
@pytest.mark.parametrize("noise", NOISES)
def test_equal_versions_get_a_winner_in_at_most_5_percent_of_runs(noise: str, blocks: int) -> None:
    """One family of five independent metrics, which is worse than the dependent ones of a run."""
    random = np.random.default_rng(11)
    false = sum(
        any(has_winner(NOISES[noise](random, 3, blocks)) for _ in range(FAMILY)) for _ in range(SIMULATED)
    )
    assert false / SIMULATED <= 0.07  # 5 % and two standard errors of the simulation


def has_winner(logs: np.ndarray) -> bool:
    """Whether the first of three equal cells is stated to differ from the last; the second is its twin."""
    logs = logs[[1, 2, 0]]
    values = [dict(enumerate(np.exp(row))) for row in logs]
    floor_log = float(abs((logs[0] - logs[1]).mean()))
    known = MetricNoise(*residual(values), floor_log, 1 - 0.05 / FAMILY, 0.05)
    found = interval(list(logs[0] - logs[2]), known)
    return judge_interval(found, THROUGHPUT, known)[0] in ("faster", "slower")
