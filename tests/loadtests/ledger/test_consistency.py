import pytest

from loadtests.ledger.judge import judge
from loadtests.measurement.recorder import SampleRow
from tests.loadtests.rows import row, samples

ADDED = row(1, "add", amount=7, sent=10, ended=20)


def stale(*rows: SampleRow, closing: int | None = 17) -> list[str]:
    ledger = judge(samples(*rows), {1: 10}, {1: closing}, expected_reads=1)
    assert ledger.stale == len(ledger.detail)
    return ledger.detail


@pytest.mark.parametrize(
    ("sent", "ended", "credit"),
    [
        pytest.param(0, 5, 10, id="before"),
        pytest.param(0, 15, 10, id="sent before, not yet visible"),
        pytest.param(0, 15, 17, id="sent before, already visible"),
        pytest.param(12, 30, 10, id="ends after, but was sent while it ran"),
        pytest.param(20, 30, 17, id="after"),
    ],
)
def test_a_read_that_some_order_explains_is_not_stale(sent: float, ended: float, credit: int) -> None:
    assert stale(ADDED, row(2, "credit", credit=credit, sent=sent, ended=ended)) == []


def test_a_read_after_an_answered_update_must_show_it() -> None:
    assert stale(ADDED, row(2, "find", credit=10, sent=21, ended=30)) == [
        "Request 2 showed credit 10 of user 1; the updates before and around it allow 17 to 17."
    ]


def test_a_read_cannot_show_an_update_sent_after_it() -> None:
    assert len(stale(ADDED, row(2, "find", credit=17, sent=0, ended=9))) == 1


def test_an_update_must_show_itself() -> None:
    answered_blind = row(1, "add", amount=7, credit=10, sent=10, ended=20)
    assert len(stale(answered_blind)) == 1


def test_an_update_without_an_answer_may_show_at_any_later_time() -> None:
    silent = row(1, "add", amount=7, status=0, sent=10, ended=20)
    for credit in (10, 17):
        assert stale(silent, row(2, "credit", credit=credit, sent=50, ended=60), closing=credit) == []


def test_the_answer_to_a_repeat_shows_the_credit_of_the_first_time() -> None:
    first = row(1, "add", amount=7, credit=17, sent=10, ended=20)
    between = row(2, "add", amount=1, credit=18, sent=30, ended=40)
    again = row(3, "add", amount=7, credit=17, operation=1, sent=50, ended=60)
    assert stale(first, between, again, closing=18) == []


def test_a_user_whom_nobody_removed_cannot_be_unknown() -> None:
    assert stale(row(1, "credit", status=404), closing=10) == [
        "Request 1 was answered 404 though user 1 was there."
    ]


def test_a_removed_user_cannot_answer() -> None:
    removed = row(1, "remove", sent=10, ended=20)
    assert stale(removed, row(2, "credit", status=404, sent=21, ended=30), closing=None) == []
    assert stale(removed, row(2, "credit", credit=10, sent=21, ended=30), closing=None) == [
        "Request 2 was answered though user 1 had been removed."
    ]


def test_the_stale_answers_of_a_wrong_credit_are_not_counted_again() -> None:
    load = samples(ADDED, row(2, "credit", credit=10, sent=30, ended=40))
    ledger = judge(load, {1: 10}, {1: 10}, expected_reads=1)
    assert (ledger.lost, ledger.stale) == (1, 0)


@pytest.mark.parametrize(
    "refused",
    [
        pytest.param(row(2, "subtract", amount=10, status=400), id="a subtraction that was covered"),
        pytest.param(row(2, "add", amount=1, status=400), id="an addition that had room"),
        pytest.param(row(2, "add", amount=1, status=302), id="a redirection"),
        pytest.param(row(2, "find", status=400), id="a read"),
        pytest.param(row(2, "add", amount=1, status=422), id="a conflict without a key"),
    ],
)
def test_a_refusal_that_nothing_explains_is_found(refused: SampleRow) -> None:
    assert stale(refused, closing=10) == [
        f"Request 2 to user 1 was answered {refused.status}, which nothing explains."
    ]


def test_a_subtraction_may_be_refused_where_another_may_have_come_first() -> None:
    other = row(1, "subtract", amount=8, sent=10, ended=20)
    assert stale(other, row(2, "subtract", amount=5, status=400, sent=15, ended=16), closing=2) == []
