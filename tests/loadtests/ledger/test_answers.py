import pytest

from loadtests.ledger.judge import Ledger, judge
from loadtests.measurement.recorder import SampleRow
from tests.loadtests.rows import row, samples

NEVER_CREATED = -2
NOT_A_NUMBER = -5
"""The number of a user whose id is not one."""
READS = ("find", "credit", "payment-find")
NAMING_A_USER = (*READS, "add", "subtract", "payment-add", "payment-pay")


def judged(*rows: SampleRow) -> Ledger:
    return judge(samples(*rows), {1: 10, 2: 10}, {1: 10, 2: 10}, expected_reads=2)


@pytest.mark.parametrize("route", NAMING_A_USER)
def test_an_answer_about_another_user_is_found_where_its_credit_fits(route: str) -> None:
    ledger = judged(row(7, route, user=1, answered=2, credit=10))
    assert (ledger.verdict, ledger.crossed, ledger.stale) == ("invalid", 1, 0)
    assert ledger.detail == ["Request 7 asked for user 1; the answer was about 2."]


@pytest.mark.parametrize("route", NAMING_A_USER)
def test_an_answer_about_the_requested_user_is_not_crossed(route: str) -> None:
    assert judged(row(7, route, user=1, answered=1, credit=10)).verdict == "valid"


def test_a_create_may_name_any_user() -> None:
    assert judged(row(7, "create", user=3, answered=3, status=201)).verdict == "valid"


def test_an_update_with_a_crossed_answer_may_or_may_not_have_been_applied() -> None:
    rows = samples(row(7, "add", user=1, amount=5, answered=2, credit=10))
    for closing in (10, 15):
        ledger = judge(rows, {1: 10}, {1: closing}, expected_reads=1)
        assert (ledger.crossed, ledger.lost, ledger.doubled, ledger.indeterminate) == (1, 0, 0, 1)


def test_a_removed_user_is_not_accused_of_an_answer_about_another() -> None:
    removed = row(1, "remove", user=1, sent=10, ended=20)
    rows = samples(removed, row(2, "find", user=1, answered=2, credit=10, sent=30, ended=40))
    ledger = judge(rows, {1: 10, 2: 10}, {1: None, 2: 10}, expected_reads=2)
    assert (ledger.crossed, ledger.stale) == (1, 0)


@pytest.mark.parametrize("route", [*NAMING_A_USER, "remove"])
def test_an_answer_for_a_user_that_was_never_given_out_is_found(route: str) -> None:
    ledger = judged(row(7, route, user=NEVER_CREATED, credit=0))
    assert (ledger.verdict, ledger.stale) == ("invalid", 1)
    assert ledger.detail == ["Request 7 was answered 200 for a user that was never given out."]


@pytest.mark.parametrize("status", [0, 404, 503])
def test_a_user_that_was_never_given_out_may_be_unknown(status: int) -> None:
    assert judged(row(7, "find", user=NEVER_CREATED, status=status)).verdict == "valid"


@pytest.mark.parametrize("user", [3, NOT_A_NUMBER])
def test_a_user_whose_create_was_answered_only_to_its_repeat_was_given_out(user: int) -> None:
    unanswered = row(1, "create", user=-1, status=0)
    again = row(2, "create", user=user, answered=user, status=201, operation=1)
    assert judged(unanswered, again, row(3, "find", user=user, answered=user, credit=0)).verdict == "valid"


@pytest.mark.parametrize("route", READS)
def test_a_read_without_a_credit_is_found(route: str) -> None:
    ledger = judged(row(7, route))
    assert (ledger.verdict, ledger.stale) == ("invalid", 1)
    assert ledger.detail == ["Request 7 was answered 200 without a credit."]


def test_creates_without_an_id_are_found_and_are_not_one_user() -> None:
    ledger = judged(row(7, "create", user=-1, status=201), row(8, "create", user=-1, status=201))
    assert (ledger.stale, ledger.doubled) == (2, 0)
    assert ledger.detail[0] == "Request 7 was answered 201 without a user's id."
