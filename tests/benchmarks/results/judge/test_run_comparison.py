"""Changes between two stored runs of known truth."""

from collections.abc import Callable

import numpy as np
import pytest

from benchmarks.results.judge.metrics import METRICS, P99, THROUGHPUT
from benchmarks.results.judge.run_comparison import (
    ALPHA,
    Change,
    ComparedRun,
    changes,
    shared_cells,
    unbalanced,
)
from benchmarks.results.judge.speed import trial_speed
from benchmarks.results.judge.statistics import welch_interval
from benchmarks.results.store.trial_schema import MachineSpeed, Trial
from tests.benchmarks.results import runs


def stored(throughput_per_s: float, speed: float | None = 1.0, seed: int = 1, **more: float) -> ComparedRun:
    trials = [
        with_speed(runs.trial("x", block, throughput_per_s * own), speed)
        for block, own in enumerate(np.random.default_rng(seed).normal(1, 0.01, 8))
    ]
    return ComparedRun(runs.run(runs.cell("x"), blocks=8, **more), trials)


def with_speed(trial: Trial, speed: float | None) -> Trial:
    if speed is None:
        return trial
    measured = MachineSpeed(one_core=speed, two_cores=speed, wake_up_us=20)
    return trial.model_copy(update={"speed_before": measured, "speed_after": measured})


def by_metric(before: ComparedRun, after: ComparedRun) -> dict[str, Change]:
    return {one.metric.name: one for one in changes(before, after)}


def test_every_metric_is_compared() -> None:
    found = by_metric(stored(100), stored(80, seed=2))
    assert set(found) == {metric.name for metric in METRICS}
    assert {name for name, one in found.items() if one.verdict == "slower"} == {
        "throughput",
        "response mean",
        "response p50",
        "response p99",
    }


def test_a_slower_machine_alone_is_no_slower_service() -> None:
    found = by_metric(stored(100), stored(50, speed=0.5, seed=2))["throughput"]
    assert found.verdict == "unknown"
    assert found.interval is not None
    assert found.interval.ratio == pytest.approx(0.5, abs=0.02)
    assert found.at_reference_speed is not None
    assert found.at_reference_speed.ratio == pytest.approx(1, abs=0.02)
    assert found.reason == "slower, but tie at the speed of the reference machine"


def test_without_the_machines_speed_the_figures_stand_alone() -> None:
    found = by_metric(stored(100, speed=None), stored(80, seed=2))["throughput"]
    assert (found.verdict, found.at_reference_speed) == ("slower", None)
    assert found.reason == "the machine's speed is not known"


def test_response_times_at_different_rates_are_not_compared() -> None:
    found = by_metric(stored(100, open_rate_per_s=50), stored(100, seed=2, open_rate_per_s=60))
    assert found[P99.name].verdict == "unknown"
    assert found[P99.name].reason == "open loops at 50.0 and 60.0 per s"
    assert found[THROUGHPUT.name].verdict == "tie"


def test_a_cell_without_a_valid_trial_is_invalid() -> None:
    empty = ComparedRun(runs.run(runs.cell("x")), [])
    assert {one.reason for one in changes(stored(100), empty)} == {"no valid trial in the second run"}


SPOILT: dict[str, Callable[[Trial], Trial]] = {
    "closed": lambda trial: trial.model_copy(update={"ledger": runs.UNBALANCED, "valid": False}),
    "balanced": lambda trial: trial,
}


@pytest.mark.parametrize("kind", SPOILT)
def test_a_ledger_that_does_not_balance_is_found(kind: str) -> None:
    run = stored(100)
    spoilt = ComparedRun(run.run, [*run.trials[:-1], SPOILT[kind](run.trials[-1])])
    found = unbalanced(spoilt, shared_cells(run.run, run.run))
    assert (found is spoilt.trials[-1]) is (kind == "closed")


def test_the_speed_of_a_trial_is_that_of_both_kernels_before_and_after() -> None:
    before = MachineSpeed(one_core=0.5, two_cores=2, wake_up_us=20)
    after = MachineSpeed(one_core=1, two_cores=1, wake_up_us=20)
    trial = runs.trial("x", 0, 100)
    assert trial_speed(trial) is None
    assert trial_speed(trial.model_copy(update={"speed_before": before})) == pytest.approx(1)
    assert trial_speed(
        trial.model_copy(update={"speed_before": before, "speed_after": after})
    ) == pytest.approx(1)


def test_noise_between_runs_is_taken_for_a_change_in_some_70_percent_of_equal_pairs() -> None:
    """That is what the first line of `compare` says: 5 % between runs, 2 % between the 8 blocks of one."""
    random = np.random.default_rng(3)
    confidence, pairs = 1 - ALPHA / len(METRICS), 400
    logs = random.normal(0, 0.05, (pairs, 2, 1)) + random.normal(0, 0.02, (pairs, 2, 8))
    found = [welch_interval(list(after), list(before), confidence) for before, after in np.exp(logs)]
    assert 0.6 < sum(not one.low <= 1 <= one.high for one in found) / pairs < 0.8
