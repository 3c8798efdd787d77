import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.measurement.percentiles import histogram, histogram_percentile_ms, percentile, percentiles

DURATIONS = st.lists(st.floats(0.01, 60_000), min_size=1, max_size=200)


@given(DURATIONS, st.sampled_from([50.0, 90.0, 99.0, 100.0]))
def test_a_histogram_percentile_is_off_by_half_a_percent_at_most(
    durations: list[float], percent: float
) -> None:
    exact = np.percentile(durations, percent, method="inverted_cdf")
    assert histogram_percentile_ms(histogram(np.array(durations)), percent) == pytest.approx(exact, rel=0.005)


@given(DURATIONS, DURATIONS)
def test_two_histograms_add_up_to_that_of_all(one: list[float], other: list[float]) -> None:
    assert histogram(np.array(one)) + histogram(np.array(other)) == histogram(np.array(one + other))


def test_a_missing_duration_is_not_counted() -> None:
    assert histogram(np.array([math.nan, 1.0, math.nan])).total() == 1
    assert histogram_percentile_ms(histogram(np.array([math.nan])), 99) == 0


def test_a_percentile_is_interpolated_between_ranks() -> None:
    assert percentiles(np.array([1.0, 2.0, 3.0, 4.0, 5.0]), (0, 50, 90, 100)) == pytest.approx([1, 3, 4.6, 5])


def test_no_values_have_no_percentile() -> None:
    assert math.isnan(percentile(np.empty(0), 99))
