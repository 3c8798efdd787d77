import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.measurement.window import count_ms, percentile_ms

DURATIONS = st.lists(st.floats(0.01, 60_000), min_size=1, max_size=200)


@given(DURATIONS, st.sampled_from([50.0, 90.0, 99.0, 100.0]))
def test_a_percentile_is_off_by_half_a_percent_at_most(durations: list[float], percent: float) -> None:
    exact = np.percentile(durations, percent, method="inverted_cdf")
    assert percentile_ms(count_ms(np.array(durations)), percent) == pytest.approx(exact, rel=0.005)


@given(DURATIONS, DURATIONS)
def test_two_histograms_add_up_to_that_of_all(one: list[float], other: list[float]) -> None:
    assert count_ms(np.array(one)) + count_ms(np.array(other)) == count_ms(np.array(one + other))


def test_what_was_not_told_is_not_counted() -> None:
    assert count_ms(np.array([math.nan, 1.0, math.nan])).total() == 1
    assert percentile_ms(count_ms(np.array([math.nan])), 99) == 0
