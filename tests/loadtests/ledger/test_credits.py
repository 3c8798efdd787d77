import pytest

from loadtests.ledger.credits import Credits, credits_text, judge_credits, parse_credits
from tests.loadtests.rows import row, samples

FIRST = Credits(recorded=2, opening={1: 100}, closing={1: 105, 7: None}, wanted=2, crossed=[])
SECOND = Credits(recorded=1, opening={-2: 100}, closing={-2: 107}, wanted=1, crossed=["The last read ..."])
LOAD = samples(
    row(0, "add", user=1, amount=5), row(2, "create", user=7), row(1, "add", user=-2, amount=7)
)  # fmt: skip


def test_credits_that_were_stored_are_read_again() -> None:
    assert parse_credits(credits_text([FIRST, SECOND])) == [FIRST, SECOND]


def test_the_samples_of_each_process_are_judged_by_its_own_credits() -> None:
    ledger = judge_credits(LOAD, [FIRST, SECOND])
    assert (ledger.users, ledger.updates, ledger.crossed) == (3, 2, 1)
    assert ledger.lost == 1, "user 7 is gone"
    assert (ledger.doubled, ledger.stale) == (0, 0)


def test_credits_of_other_samples_are_refused() -> None:
    with pytest.raises(ValueError, match="belong to 2 samples"):
        judge_credits(LOAD, [FIRST])
