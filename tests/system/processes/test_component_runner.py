"""A dead component is restarted after a delay; a failed start is reported with the exception in its log."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from system.processes.component_runner import HEALTHY_AFTER_S, LONGEST_DELAY_S, deaths_in_a_row, delay_s
from system.processes.process import last_exception, log_size

OLD = "Traceback (most recent call last):\nsystem.clients.protocol.ClientUnavailable: it was gone\n"
NEW = "Traceback (most recent call last):\nsystem.endpoint.claims.NoFreePartition: all are claimed\nBye\n"


def test_the_first_restart_has_no_delay() -> None:
    assert delay_s(deaths_in_a_row(0, ready_for_s=0.1)) == 0.0


def test_delays_double_up_to_the_longest() -> None:
    assert [delay_s(deaths) for deaths in range(1, 9)] == [0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0]


@given(st.integers(1, 10**6))
def test_delays_never_decrease_and_never_exceed_the_longest(deaths: int) -> None:
    assert delay_s(deaths) <= delay_s(deaths + 1) <= LONGEST_DELAY_S


@pytest.mark.parametrize(("ready_for_s", "deaths"), [(HEALTHY_AFTER_S - 0.1, 8), (HEALTHY_AFTER_S, 1)])
def test_after_a_healthy_run_the_next_death_counts_as_the_first(ready_for_s: float, deaths: int) -> None:
    assert deaths_in_a_row(7, ready_for_s) == deaths


def test_the_reason_of_a_failed_start_is_the_last_exception_in_the_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text(OLD + NEW)
    assert last_exception(log, 0) == "all are claimed"


def test_exceptions_of_earlier_starts_are_not_a_reason(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text(OLD)
    assert last_exception(log, log_size(log)) == ""


def test_without_a_log_there_is_no_reason(tmp_path: Path) -> None:
    assert (log_size(tmp_path / "log"), last_exception(tmp_path / "log", 0)) == (0, "")
