from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.capacity_search import PlannedProbe, SearchRule, next_probe, next_rate
from benchmarks.results.judge.analysis import analyse
from benchmarks.results.judge.capacity import TriedRate, bracket
from benchmarks.results.store.files import read_probes, read_run, read_trials
from benchmarks.results.store.schema import CapacityPlan, Slo
from benchmarks.results.store.trial_schema import Probe
from tests.benchmarks.program import PROFILE, call, only_run, write_profile
from tests.benchmarks.results.runs import blocks_of, cell, run, trial

RULE = SearchRule(start_per_s=100, growth=1.5, precision=0.1, rates_at_most=30)


def search(is_sustained: Callable[[float], bool], rule: SearchRule) -> list[TriedRate]:
    """Every rate of a search, and whether *is_sustained* returned true for it."""
    tried: list[TriedRate] = []
    while (rate := next_rate(tried, rule)) is not None:
        tried.append(TriedRate(rate, is_sustained(rate)))
    return tried


def test_it_grows_until_a_rate_is_missed_and_bisects_from_there() -> None:
    rates = [round(one.rate_per_s) for one in search(lambda rate: rate <= 240, RULE)]
    assert rates == [100, 150, 225, 338, 276, 249, 237]


def test_it_shrinks_where_the_first_rate_is_missed() -> None:
    rates = [round(one.rate_per_s) for one in search(lambda rate: rate <= 60, RULE)]
    assert rates == [100, 67, 44, 54, 60, 57]


@given(truth=st.floats(1, 10_000), precision=st.floats(0.02, 0.5), growth=st.floats(1.2, 4))
def test_the_capacity_found_is_within_the_precision_of_the_truth(
    truth: float, precision: float, growth: float
) -> None:
    rule = SearchRule(100, growth, precision, rates_at_most=100)
    low, high = bracket(search(lambda rate: rate <= truth, rule))
    assert low is not None
    assert high is not None
    assert low <= truth < high <= low * (1 + precision) * (1 + 1e-9)


def test_a_search_that_was_cut_off_goes_on_as_if_it_had_not_been() -> None:
    whole = search(lambda rate: rate <= 240, RULE)
    for done in range(len(whole)):
        assert next_rate(whole[:done], RULE) == whole[done].rate_per_s


@pytest.mark.parametrize("limit", [0.0, 1e12])
def test_it_ends_after_the_rates_allowed_where_there_is_no_capacity_to_find(limit: float) -> None:
    assert len(search(lambda rate: rate <= limit, RULE)) == 30


def test_a_rate_that_held_above_one_that_did_not_is_no_capacity() -> None:
    tried = [TriedRate(rate, sustained=rate != 150) for rate in (100, 150, 225)]
    assert bracket(tried) == (100, 150)
    assert bracket([]) == (None, None)


PLAN = CapacityPlan(slo=Slo(response_ms_p99=50), precision=0.2, warm_up_s=1, window_s=1, fractions=[0.5])
RUN = run(cell("a"), cell("b"), capacity=PLAN, attempts=2)
TRIALS = blocks_of("a", 100, noise=0) + blocks_of("b", 100, noise=0)
LIMITS = {"a": 60.0, "b": 90.0}


def made(due: PlannedProbe, **more: object) -> Probe:
    """The probe of a service of known capacity."""
    kept = due.rate_per_s <= LIMITS[due.cell] and not more
    return Probe(
        stage=due.stage,
        rate_per_s=due.rate_per_s,
        fraction=due.fraction,
        sustained=kept,
        reason=None if kept else str(more.get("failure", "it was not kept")),
        trial=trial(due.cell, due.block, 1_000 if kept or more else 1, attempt=due.attempt, **more),
    )


def all_probes(probes: list[Probe]) -> list[Probe]:
    while due := next_probe(RUN, PLAN, TRIALS, probes):
        probes = [*probes, made(due)]
    return probes


def test_every_cell_is_searched_before_response_times_are_measured() -> None:
    probes = all_probes([])
    stages = [probe.stage for probe in probes]
    assert stages == sorted(stages, key=lambda stage: stage != "search")
    found = analyse(RUN, TRIALS, probes).capacity
    for name, limit in LIMITS.items():
        low, high = found[name].capacity_per_s, found[name].missed_per_s
        assert low is not None
        assert high is not None
        assert low <= limit < high < 1.25 * low


def test_response_times_are_measured_at_fractions_and_at_half_of_the_lowest_capacity_in_each_block() -> None:
    probes = all_probes([])
    found = analyse(RUN, TRIALS, probes).capacity
    lowest = found["a"].capacity_per_s
    assert lowest is not None
    for name, capacity in found.items():
        own = capacity.capacity_per_s
        assert own is not None
        shared, at_half = (
            [p for p in probes if p.trial.cell == name and p.stage == s] for s in ("common", "fraction")
        )
        assert [probe.trial.block for probe in shared] == [probe.trial.block for probe in at_half] == [0, 1]
        assert {probe.rate_per_s for probe in shared} == {float(f"{lowest / 2:.3g}")}
        assert {probe.rate_per_s for probe in at_half} == {float(f"{own / 2:.3g}")}


@pytest.mark.parametrize("done", range(0, 16, 5))
def test_what_was_cut_off_goes_on_as_if_it_had_not_been(done: int) -> None:
    whole = all_probes([])
    assert all_probes(whole[:done]) == whole


def test_a_probe_that_tells_nothing_is_repeated_and_then_counts_as_missed() -> None:
    first = next_probe(RUN, PLAN, TRIALS, [])
    assert first is not None
    late = made(first, valid=False, failure="the generator was late")
    again = next_probe(RUN, PLAN, TRIALS, [late])
    assert again is not None
    assert (again.rate_per_s, again.attempt) == (first.rate_per_s, 2)
    lower = next_probe(RUN, PLAN, TRIALS, [late, late])
    assert lower is not None
    assert lower.rate_per_s < first.rate_per_s


def test_a_cell_without_a_valid_trial_is_not_searched() -> None:
    due = next_probe(RUN, PLAN, blocks_of("b", 100), [])
    assert due is not None
    assert due.cell == "b"


CAPACITY = """
[capacity]
warm_up_s = 0.1
window_s = 0.5
window_at_most_s = 0.5
precision = 0.6
blocks = 1
fractions = [0.5]
slo = { response_ms_p99 = 100 }
"""


def test_a_run_seeks_capacities_after_its_trials_and_tells_them(tmp_path: Path) -> None:
    profile = write_profile(tmp_path, PROFILE.replace("[[cells]]", CAPACITY + "\n[[cells]]", 1))
    done = call("run", str(profile), "--results", str(tmp_path / "results"), "--blocks", "1")
    assert done.returncode == 0, done.stderr
    folder = only_run(tmp_path / "results")
    found = analyse(read_run(folder), read_trials(folder), read_probes(folder)).capacity
    assert 400 < (found["granian x confluent-kafka"].capacity_per_s or 0) <= 700
    assert 20 < (found["seed-2020"].capacity_per_s or 0) <= 35
    assert "granian x confluent-kafka  capacity " in done.stdout
    assert call("validate", str(folder)).returncode == 0
    again = call("run", str(profile), "--resume", str(folder), "--blocks", "1")
    assert again.returncode == 0, again.stderr
    assert "(search)" not in again.stderr
