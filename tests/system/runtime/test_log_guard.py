"""A checkpoint that does not fit the log is refused, in words."""

import pytest

from system.processes.readiness import NotReady
from system.runtime.log_guard import LogRange, log_ranges, refusal, shortfall

LOG = {("users", 0): LogRange(0, 10), ("users", 1): LogRange(0, 0)}


@pytest.mark.parametrize("offset", [0, 5, 10])
def test_an_offset_in_the_log_or_at_its_end_fits(offset: int) -> None:
    assert refusal({("users", 0): offset, ("users", 1): 0}, LOG) is None


def test_a_whole_log_fits_a_start_without_a_checkpoint() -> None:
    assert refusal(None, LOG) is None


def test_a_log_that_lost_its_end_is_refused_with_the_way_on() -> None:
    reason = refusal({("users", 0): 11, ("users", 1): 0}, LOG) or ""
    assert reason.startswith("topic users, partition 0 continues at offset 11, but the log has 0 to 9: ")
    assert reason.format(root="/data").endswith(
        "`python -m system accept-lost-log --data-dir /data` continues without them"
    )
    assert "partition 1 continues at offset 3, but the log is empty" in (
        refusal({("users", 1): 3}, LOG) or ""
    )


@pytest.mark.parametrize("resumed", [None, {("users", 0): 4}])
def test_a_log_that_lost_its_beginning_is_refused_for_good(
    resumed: dict[tuple[str, int], int] | None,
) -> None:
    reason = refusal(resumed, {("users", 0): LogRange(5, 10)}) or ""
    assert "but the log has 5 to 9: the records between are gone; use another data dir" in reason


def test_the_shortfall_is_what_the_log_lacks_before_the_checkpoint() -> None:
    assert shortfall({("users", 0): 12, ("users", 1): 0, ("gone", 0): 9}, LOG) == {("users", 0): 2}


def test_a_broker_that_does_not_answer_is_named() -> None:
    with pytest.raises(NotReady, match=r"Kafka at 127\.0\.0\.1:1"):
        log_ranges("127.0.0.1:1", {"users": 1, "users-create": 1}, within_s=0.2)
