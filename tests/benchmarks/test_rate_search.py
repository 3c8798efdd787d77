import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.capacity_search import SearchRule, next_rate, search
from benchmarks.results.judge.capacity import Tried, bracket

RULE = SearchRule(start_per_s=100, growth=1.5, precision=0.1, rates_at_most=30)


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
    tried = [Tried(rate, sustained=rate != 150) for rate in (100, 150, 225)]
    assert bracket(tried) == (100, 150)
    assert bracket([]) == (None, None)
