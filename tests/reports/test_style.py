from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.charts.style import folded, spread


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=12), st.floats(0.1, 10))
def test_spread_values_keep_their_order_and_their_distance(values: list[float], apart: float) -> None:
    found = spread(sorted(values), apart)
    assert all(two - one >= apart - 1e-9 for one, two in pairwise(found))


def test_values_that_are_far_apart_stay_where_they_are() -> None:
    assert spread([1.0, 5.0, 9.0], 2.0) == [1.0, 5.0, 9.0]


@pytest.mark.parametrize("length", [1, 42, 43, 60, 80])
def test_names_of_up_to_eighty_letters_stay_whole(length: int) -> None:
    name = ("granian with settings x " * 4)[:length]
    assert folded(name).replace("\n", " ").split() == name.split()
    assert folded(name).count("\n") == (length > 42)


def test_a_longer_name_keeps_its_beginning_and_its_end() -> None:
    name = folded(f"begin {'x' * 100} end")
    assert name.startswith("begin")
    assert name.endswith("end")
    assert "…" in name
