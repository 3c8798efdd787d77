"""How long to wait before a component that died is started again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from system.processes.keeper import HEALTHY_AFTER_S, LONGEST_S, deaths_in_a_row, delay_s


def test_the_first_restart_comes_at_once() -> None:
    assert delay_s(deaths_in_a_row(0, ready_for_s=0.1)) == 0.0


def test_delays_double_up_to_the_longest() -> None:
    assert [delay_s(deaths) for deaths in range(1, 9)] == [0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0]


@given(st.integers(1, 10**6))
def test_no_delay_is_longer_than_the_longest(deaths: int) -> None:
    assert delay_s(deaths) <= delay_s(deaths + 1) <= LONGEST_S


@pytest.mark.parametrize(("ready_for_s", "deaths"), [(HEALTHY_AFTER_S - 0.1, 8), (HEALTHY_AFTER_S, 1)])
def test_a_healthy_run_makes_the_next_death_a_first_one(ready_for_s: float, deaths: int) -> None:
    assert deaths_in_a_row(7, ready_for_s) == deaths
