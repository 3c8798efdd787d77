import pytest

from loadtests.generator.responses import NO_CREDIT, credit_in, parse, user_in
from loadtests.generator.routes import PAYMENT
from loadtests.generator.users import Population, UserAnswer, closing_of
from loadtests.ledger.judge import Ledger, judge
from loadtests.measurement.recorder import SampleRow
from tests.loadtests.rows import row, samples

NEVER_GIVEN = -2
NAMED_OTHERWISE = -5
"""The number of a user whose id is not one."""
READS = ("find", "credit", "payment-find")
NAMING = (*READS, "add", "subtract", "payment-add", "payment-pay")


def judged(*rows: SampleRow) -> Ledger:
    return judge(samples(*rows), {1: 10, 2: 10}, {1: 10, 2: 10}, wanted=2)


@pytest.mark.parametrize("route", NAMING)
def test_an_answer_about_another_user_is_found_where_its_credit_fits(route: str) -> None:
    ledger = judged(row(7, route, user=1, answered=2, credit=10))
    assert (ledger.verdict, ledger.crossed, ledger.stale) == ("invalid", 1, 0)
    assert ledger.detail == ["Request 7 asked for user 1; the answer was about 2."]


@pytest.mark.parametrize("route", NAMING)
def test_an_answer_about_the_user_that_was_asked_for_is_not_crossed(route: str) -> None:
    assert judged(row(7, route, user=1, answered=1, credit=10)).verdict == "valid"


def test_a_create_was_asked_for_no_user() -> None:
    assert judged(row(7, "create", user=3, answered=3, status=201)).verdict == "valid"


def test_an_update_that_another_answer_was_handed_to_may_or_may_not_have_been_applied() -> None:
    rows = samples(row(7, "add", user=1, amount=5, answered=2, credit=10))
    for closing in (10, 15):
        ledger = judge(rows, {1: 10}, {1: closing}, wanted=1)
        assert (ledger.crossed, ledger.lost, ledger.doubled, ledger.indeterminate) == (1, 0, 0, 1)


def test_a_removed_user_is_not_accused_of_an_answer_about_another() -> None:
    removed = row(1, "remove", user=1, sent=10, ended=20)
    rows = samples(removed, row(2, "find", user=1, answered=2, credit=10, sent=30, ended=40))
    ledger = judge(rows, {1: 10, 2: 10}, {1: None, 2: 10}, wanted=2)
    assert (ledger.crossed, ledger.stale) == (1, 0)


@pytest.mark.parametrize("route", [*NAMING, "remove"])
def test_an_answer_for_a_user_that_was_never_given_out_is_found(route: str) -> None:
    ledger = judged(row(7, route, user=NEVER_GIVEN, credit=0))
    assert (ledger.verdict, ledger.stale) == ("invalid", 1)
    assert ledger.detail == ["Request 7 was answered 200 for a user that was never given out."]


@pytest.mark.parametrize("status", [0, 404, 503])
def test_a_user_that_was_never_given_out_may_be_unknown(status: int) -> None:
    assert judged(row(7, "find", user=NEVER_GIVEN, status=status)).verdict == "valid"


@pytest.mark.parametrize("user", [3, NAMED_OTHERWISE])
def test_a_user_whose_create_was_answered_only_to_its_repeat_was_given_out(user: int) -> None:
    silent = row(1, "create", user=-1, status=0)
    again = row(2, "create", user=user, answered=user, status=201, operation=1)
    assert judged(silent, again, row(3, "find", user=user, answered=user, credit=0)).verdict == "valid"


@pytest.mark.parametrize("route", READS)
def test_a_read_without_a_credit_is_found(route: str) -> None:
    ledger = judged(row(7, route))
    assert (ledger.verdict, ledger.stale) == ("invalid", 1)
    assert ledger.detail == ["Request 7 was answered 200 without a credit."]


def test_creates_without_an_id_are_found_and_are_not_one_user() -> None:
    ledger = judged(row(7, "create", user=-1, status=201), row(8, "create", user=-1, status=201))
    assert (ledger.stale, ledger.doubled) == (2, 0)
    assert ledger.detail[0] == "Request 7 was answered 201 without a user's id."


@pytest.mark.parametrize("credit", [0, 2**63 - 1])
def test_a_credit_is_read(credit: int) -> None:
    assert credit_in({"credit": credit}) == credit


@pytest.mark.parametrize("credit", ["5", "many", 1.5, True, None, [], -3, 2**63])
def test_what_is_no_credit_is_not_told(credit: object) -> None:
    assert credit_in({"credit": credit}) == NO_CREDIT
    assert credit_in({}) == NO_CREDIT


@pytest.mark.parametrize("text", [b"", b"[]", b"7", b"{", b"\xff"])
def test_a_body_that_is_no_object_tells_nothing(text: bytes) -> None:
    assert user_in(parse(text)) == ""


@pytest.mark.parametrize("user_id", ["9" * 30, "u-7"])
def test_any_id_gets_a_number_that_fits_into_the_samples(user_id: str) -> None:
    assert Population("http://127.0.0.1:9", PAYMENT).number_of(user_id) == -2


def test_a_last_read_about_another_user_tells_no_credit_and_is_found() -> None:
    closing = closing_of(
        [
            (1, "1", UserAnswer(200, {"user_id": "2", "credit": 10})),
            (2, "2", UserAnswer(200, {"user_id": "2", "credit": 10})),
            (3, "3", UserAnswer(404, {})),
            (4, "4", UserAnswer(503, {})),
            (5, "5", UserAnswer(200, {"credit": "many"})),
        ]
    )
    assert closing.credits == {2: 10, 3: None}
    ledger = judge(samples(), {1: 10, 2: 10}, closing.credits, 2, closing.crossed)
    assert (ledger.verdict, ledger.crossed) == ("invalid", 1)
    assert ledger.detail[0] == "The last read of user 1 was answered about 2."
