import math
from statistics import geometric_mean

import numpy as np
import pytest

from benchmarks.cli.run import has_failed
from benchmarks.cli.verdict_lines import capacity_words
from benchmarks.results.judge.analysis import analyse
from benchmarks.results.judge.capacity import backlog_growth, slo_misses
from benchmarks.results.judge.ranks import RankInterval
from benchmarks.results.judge.statistics import RatioInterval, t_interval
from benchmarks.results.judge.window import Samples
from benchmarks.results.store.schema import Slo
from benchmarks.results.store.trial_schema import Probe, Requests, Spread, Trial
from loadtests.measurement.samples import SAMPLE
from tests.benchmarks.results.runs import UNBALANCED, blocks_of, cell, run, trial

S = 1_000_000_000
SLO = Slo(response_ms_p99=50, failed_fraction=0.01, backlog_growth=0.05)
A, B = cell("a"), cell("b")


FEW = Spread(count=200, mean=60, p50=60, p90=60, p95=60, p99=60, max=60)


def due_and_ended(rate: float, served: float, length_s: float = 10.0) -> Samples:
    """Requests that come at *rate* and are answered in their order at *served*."""
    rows = np.zeros(int(rate * length_s), SAMPLE)
    rows["intended_ns"] = np.arange(len(rows)) / rate * S
    rows["ended_ns"] = np.maximum(rows["intended_ns"] + 0.001 * S, np.arange(1, len(rows) + 1) / served * S)
    return rows


@pytest.mark.parametrize(("served", "growth"), [(200, 0.0), (100, 0.0), (90, 0.1), (50, 0.5)])
def test_the_backlog_grows_by_what_is_not_served(served: float, growth: float) -> None:
    assert backlog_growth(due_and_ended(100, served), 0, 10 * S) == pytest.approx(growth, abs=0.01)


def test_a_window_in_which_nothing_is_due_has_no_growth() -> None:
    assert backlog_growth(due_and_ended(100, 200), 20 * S, 30 * S) is None


@pytest.mark.parametrize(
    ("made", "growth", "misses"),
    [
        (trial("a", 0, 100), 0.0, []),
        (trial("a", 0, 20), 0.0, ["p99 150 ms, 50 ms are allowed"]),
        (
            trial("a", 0, 20, response_ms=FEW),
            0.0,
            ["p99 - (2 requests lie beyond it, 20 are needed), over the 50 ms that are allowed"],
        ),
        (
            trial("a", 0, 100, requests=Requests(sent=100, succeeded=97, failed=3, by_status={})),
            0.0,
            ["3.00% of the requests failed, 1.00% are allowed"],
        ),
        (trial("a", 0, 100), 0.2, ["20.0% of the load piled up, 5.0% are allowed"]),
    ],
)
def test_what_an_objective_misses_is_told(made: Trial, growth: float, misses: list[str]) -> None:
    assert list(slo_misses(made, growth, SLO)) == misses


def probe(rate: float, stage: str = "search", reason: str | None = None, **more: object) -> Probe:
    fraction, spoiled = more.pop("fraction", None), more.pop("spoiled", False)
    made = trial("b", int(str(more.pop("block", 0))), rate, **more)
    return Probe.model_validate(
        {
            "stage": stage,
            "rate_per_s": rate,
            "fraction": fraction,
            "sustained": reason is None,
            "reason": reason,
            "spoiled": spoiled,
            "trial": made,
        }
    )


TRIALS = blocks_of("a", 100) + blocks_of("b", 400, seed=2)


def test_a_capacity_is_the_highest_rate_kept_below_every_rate_missed() -> None:
    probes = [probe(200), probe(300), probe(450, reason="late"), probe(367, reason="p99 900 ms")]
    found = analyse(run(A, B), TRIALS, probes).capacity["b"]
    assert (found.capacity_per_s, found.missed_per_s, found.missed_by) == (300, 367, "p99 900 ms")
    assert not found.at_least
    assert found.saturation_per_s == pytest.approx(400, rel=0.1)
    assert found.rates == 4


def test_a_rate_that_was_probed_again_counts_by_its_last_probe() -> None:
    probes = [probe(200, reason="the generator was late"), probe(200), probe(300, reason="p99 900 ms")]
    found = analyse(run(A, B), TRIALS, probes).capacity["b"]
    assert (found.capacity_per_s, found.missed_per_s) == (200, 300)


def test_where_the_generator_gave_out_or_nothing_was_missed_the_capacity_is_at_least_the_last() -> None:
    late = "the generator was late"
    given_out = probe(300, reason=f"{late}; p99 900 ms", valid=False, failure=late, spoiled=True)
    found = analyse(run(A, B), TRIALS, [probe(200), given_out]).capacity["b"]
    assert (found.capacity_per_s, found.missed_per_s, found.at_least) == (200, 300, True)
    assert capacity_words(found).startswith("capacity at least 200/s; 300/s was inconclusive: the generator")
    assert analyse(run(A, B), TRIALS, [probe(200)]).capacity["b"].at_least


def test_response_times_below_a_capacity_are_means_over_valid_blocks() -> None:
    below = [
        probe(100, "common", block=0),
        probe(100, "common", block=1),
        probe(150, "fraction", fraction=0.5, block=0, valid=False, failure="late"),
    ]
    shared, own = analyse(run(A, B), TRIALS, [probe(300), *below]).capacity["b"].points
    assert (shared.rate_per_s, shared.fraction, shared.blocks) == (100, None, 2)
    assert shared.response_ms_p99 == pytest.approx(30)
    assert (own.fraction, own.blocks, own.response_ms_p99) == (0.5, 0, None)


def test_a_ledger_that_does_not_balance_takes_the_capacity_away() -> None:
    lost = probe(200, reason="1 doubled", valid=False, failure="1 doubled", ledger=UNBALANCED)
    assert analyse(run(A, B), TRIALS, [lost]).capacity["b"].invalid == "1 doubled"


def test_a_ledger_of_a_probe_takes_the_rank_of_its_cell_and_the_exit_code() -> None:
    lost = probe(200, reason="1 doubled", valid=False, failure="1 doubled", ledger=UNBALANCED, block=2)
    found = analyse(run(A, B), TRIALS, [probe(100), lost])
    verdict = found.verdict("b")
    assert verdict is not None
    assert verdict.verdict == "invalid"
    assert "capacity, block 3, at 200/s: 1 doubled" in verdict.reason
    assert has_failed(found)
    assert not has_failed(analyse(run(A, B), TRIALS, [probe(100)]))


def test_a_capacity_is_a_geometric_mean_over_blocks_with_its_t_interval() -> None:
    rates = [(0, 400), (1, 440), (2, 420)]
    kept = [probe(rate, block=block) for block, rate in rates]
    missed = [probe(1.05 * rate, reason="p99 900 ms", block=block) for block, rate in rates]
    found = analyse(run(A, B), TRIALS, [*kept, *missed]).capacity["b"]
    assert found.capacity_per_s == geometric_mean([400, 440, 420])
    interval = t_interval([math.log(rate) for _, rate in rates])
    assert found.interval == RatioInterval(found.capacity_per_s, interval.low, interval.high)
    assert capacity_words(found).startswith("capacity 420/s (95 % interval 373/s to 472/s, 3 blocks, rank 1)")


def test_blocks_that_agree_are_no_more_precise_than_the_step_of_the_search() -> None:
    kept = [probe(400, block=block) for block in range(3)]
    missed = [probe(460, reason="p99 900 ms", block=block) for block in range(3)]
    found = analyse(run(A, B), TRIALS, [*kept, *missed]).capacity["b"]
    assert found.interval is not None
    assert found.interval.low == pytest.approx(400)
    assert found.interval.high == 460
    without_limit = analyse(run(A, B), TRIALS, kept).capacity["b"].interval
    assert without_limit is not None
    assert without_limit.high == math.inf


@pytest.mark.parametrize(("factor", "ranks"), [(1.1, [(1, 2), (1, 2)]), (2.0, [(2, 2), (1, 1)])])
def test_a_cell_is_above_another_by_capacity_only_where_its_interval_is(
    factor: float, ranks: list[tuple[int, int]]
) -> None:
    probes = [
        again.model_copy(update={"trial": again.trial.model_copy(update={"cell": name})})
        for name, times in (("a", 1.0), ("b", factor))
        for block, rate in enumerate((400, 440, 420))
        for again in (
            probe(times * rate, block=block),
            probe(1.05 * times * rate, reason="p99 900 ms", block=block),
        )
    ]
    found = analyse(run(A, B), TRIALS, probes).capacity
    assert [found[name].rank for name in ("a", "b")] == [RankInterval(*one) for one in ranks]


def test_a_run_without_probes_has_no_capacity() -> None:
    assert analyse(run(A, B), TRIALS).capacity == {}
