import pytest

from loadtests.generator.users import Population, UserAnswer, closing_credits
from loadtests.ledger.judge import judge
from loadtests.scenarios.routes import PAYMENT
from tests.loadtests.rows import samples


@pytest.mark.parametrize("user_id", ["9" * 30, "u-7"])
def test_any_id_gets_a_number_that_fits_into_the_samples(user_id: str) -> None:
    assert Population("http://127.0.0.1:9", PAYMENT).number_of(user_id) == -2


def test_a_last_read_about_another_user_has_no_credit_and_is_found() -> None:
    closing = closing_credits(
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
