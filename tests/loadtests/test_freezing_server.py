import pytest

from loadtests.freezing_server import answer_ns


@pytest.mark.parametrize(
    ("ready_ns", "sent_ns"), [(1_000, 1_000), (1_089, 1_089), (1_090, 1_100), (1_099, 1_100), (1_295, 1_300)]
)
def test_an_answer_that_is_ready_in_a_freeze_is_sent_at_its_end(ready_ns: int, sent_ns: int) -> None:
    assert answer_ns(ready_ns, start_ns=1_000, cycle_ns=100, frozen_ns=10) == sent_ns
