from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.capacity_search import judged_probe
from benchmarks.next_probe import PlannedProbe, SearchRule, next_of_search, next_probe, next_rate
from benchmarks.progress import probe_outcome
from benchmarks.results.judge.analysis import analyse
from benchmarks.results.judge.capacity import TriedRate, bracket
from benchmarks.results.store.files import read_probes, read_run, read_trials
from benchmarks.results.store.schema import CapacityPlan, Limits, Slo
from benchmarks.results.store.trial_schema import Noise, Probe, Spread
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


@given(truth=st.floats(1, 10_000), precision=st.floats(1e-4, 0.5), growth=st.floats(1.2, 4))
def test_the_capacity_found_is_within_the_precision_of_the_truth(
    truth: float, precision: float, growth: float
) -> None:
    rule = SearchRule(100, growth, precision, rates_at_most=100)
    low, high = bracket(search(lambda rate: rate <= truth, rule))
    assert low is not None
    assert high is not None
    assert low <= truth < high <= low * (1 + precision) * (1 + 1e-9)


@given(
    truth=st.floats(1e-3, 1e6),
    precision=st.floats(1e-12, 0.5),
    growth=st.floats(1, 4, exclude_min=True),
    start=st.floats(1e-3, 1e6),
)
def test_every_search_ends_and_asks_for_no_rate_twice(
    truth: float, precision: float, growth: float, start: float
) -> None:
    closed = [trial("a", 0, start)]
    plan = PLAN.model_copy(update={"growth": growth, "precision": precision, "start_fraction": 1.0})
    probes: list[Probe] = []
    for block in (0, 1):
        while due := next_of_search(RUN, plan, "a", block, closed, probes):
            assert len(probes) < 2 * plan.rates_at_most
            probes.append(made(due, limit=truth))
    asked = [(probe.trial.block, f"{probe.rate_per_s:g}") for probe in probes]
    assert len(asked) == len(set(asked)), "command lines have six digits"


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


def made(due: PlannedProbe, limit: float | None = None, *, spoiled: bool = False, **more: object) -> Probe:
    """The probe of a service of known capacity."""
    kept = due.rate_per_s <= (limit or LIMITS[due.cell]) and not more and not spoiled
    return Probe(
        spoiled=spoiled,
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


def searched(
    spoils: Callable[[float], bool], block: int = 0, before: list[Probe] | None = None
) -> list[Probe]:
    """The probes of cell a in one block, where *spoils* returns whether the generator is late at a rate."""
    probes = list(before or [])
    while due := next_of_search(RUN, PLAN, "a", block, TRIALS, probes):
        probes.append(made(due, spoiled=spoils(due.rate_per_s)))
    return probes


def test_a_spoiled_probe_is_repeated_and_the_search_goes_on_where_it_was() -> None:
    first, second = (
        next_of_search(RUN, PLAN, "a", 0, TRIALS, one) for one in ([], searched(lambda _: False)[:1])
    )
    assert first is not None
    assert second is not None
    late = made(first, spoiled=True)
    again = next_of_search(RUN, PLAN, "a", 0, TRIALS, [late])
    assert again is not None
    assert (again.rate_per_s, again.attempt) == (first.rate_per_s, 2)
    assert next_of_search(RUN, PLAN, "a", 0, TRIALS, [late, made(again)]) == second


def test_a_rate_that_stays_spoiled_ends_the_search_and_is_no_limit_of_the_service() -> None:
    probes = searched(lambda rate: rate > 50)
    found = analyse(RUN, TRIALS, probes).capacity["a"]
    assert [probe.attempt for probe in (one.trial for one in probes)][-2:] == [1, 2]
    assert found.at_least
    assert found.capacity_per_s == max(probe.rate_per_s for probe in probes if probe.sustained)
    assert found.interval is None


def test_below_a_first_rate_that_stays_spoiled_one_is_looked_for_that_is_sustained() -> None:
    probes = searched(lambda rate: rate > 40)
    found = analyse(RUN, TRIALS, probes).capacity["a"]
    assert found.at_least
    assert found.capacity_per_s is not None
    assert found.capacity_per_s <= 40
    assert not probes[0].sustained


def test_a_further_block_starts_at_the_capacity_before_with_small_steps() -> None:
    first = searched(lambda _: False)
    both = searched(lambda _: False, 1, first)
    low, later = max(one.rate_per_s for one in first if one.sustained), both[len(first) :]
    assert later[0].rate_per_s == low
    assert len(later) < len(first)
    assert all(1 / 1.2 < one.rate_per_s / low < 1.2 for one in later)


def test_each_block_searches_every_cell() -> None:
    plan, probes = PLAN.model_copy(update={"search_blocks": 3}), list[Probe]()
    while due := next_probe(RUN, plan, TRIALS, probes):
        probes.append(made(due))
    blocks = [one.trial.block for one in probes if one.stage == "search"]
    assert blocks == sorted(blocks)
    found = analyse(RUN, TRIALS, probes).capacity
    for name, limit in LIMITS.items():
        interval = found[name].interval
        assert found[name].by_block.keys() == {0, 1, 2}
        assert interval is not None
        assert interval.low <= limit <= interval.high


LATE = {"lag_ms": Spread(count=9, mean=1, p50=1, p90=1, p95=1, p99=300, max=300), "valid": False}
STEAL = {
    "noise": Noise(steal_fraction=0.5, foreign_cpu_fraction=0, pressure_cpu_some=None, load_1min=1),
    "valid": False,
}
COMPLAINT = {"complaints": ["The generator used 99% of a core, at most 90% allowed."], "valid": False}


@pytest.mark.parametrize("rate", [1_000.0, 1.0], ids=["kept", "missed as well"])
@pytest.mark.parametrize("spoiled", [LATE, STEAL, COMPLAINT], ids=["lag", "steal", "CPU of the generator"])
def test_a_probe_is_spoiled_by_generator_or_machine_whether_or_not_the_objective_was_missed(
    spoiled: dict[str, object], rate: float
) -> None:
    raw = Probe(
        stage="search", rate_per_s=9, sustained=True, reason=None, trial=trial("a", 0, rate, **spoiled)
    )
    limits = Limits(lag_ms_p99=25, steal_fraction=0.1)
    found = judged_probe(raw, PLAN.slo, limits)
    assert (found.spoiled, found.sustained) == (True, False)
    assert probe_outcome(found).startswith("inconclusive: ")
    assert ("p99" in (found.reason or "").replace("lag p99", "")) == (rate == 1.0)


def test_a_missed_objective_alone_spoils_nothing() -> None:
    raw = Probe(stage="search", rate_per_s=9, sustained=True, reason=None, trial=trial("a", 0, 1))
    found = judged_probe(raw, PLAN.slo, Limits(lag_ms_p99=25, steal_fraction=0.1))
    assert (found.spoiled, found.sustained) == (False, False)
    assert probe_outcome(found).startswith("not sustained: p99 3000 ms, 50 ms are allowed")


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
