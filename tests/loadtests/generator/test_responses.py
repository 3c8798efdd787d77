import math

import numpy as np
import pytest

from loadtests.generator.responses import credit_in, parse_body, parse_hops_ms, user_in
from loadtests.measurement.samples import NO_CREDIT


@pytest.mark.parametrize(
    ("header", "hops"),
    [
        (
            "endpoint;dur=0.1, request;dur=0.2, function;dur=0.3, reply;dur=0.4, total;dur=1",
            (0.1, 0.2, 0.3, 0.4, 1),
        ),
        ("total;dur=1.5,endpoint;dur=0.5", (0.5, math.nan, math.nan, math.nan, 1.5)),
        ("cache;desc=hit, total;dur=fast", (math.nan,) * 5),
        ("", (math.nan,) * 5),
        (None, (math.nan,) * 5),
    ],
)
def test_the_hops_are_read_by_name(header: str | None, hops: tuple[float, ...]) -> None:
    assert np.array_equal(parse_hops_ms(header), hops, equal_nan=True)


@pytest.mark.parametrize("credit", [0, 2**63 - 1])
def test_a_credit_is_read(credit: int) -> None:
    assert credit_in({"credit": credit}) == credit


@pytest.mark.parametrize("credit", ["5", "many", 1.5, True, None, [], -3, 2**63])
def test_a_value_that_no_credit_can_have_is_not_one(credit: object) -> None:
    assert credit_in({"credit": credit}) == NO_CREDIT
    assert credit_in({}) == NO_CREDIT


@pytest.mark.parametrize("text", [b"", b"[]", b"7", b"{", b"\xff"])
def test_a_body_that_is_not_an_object_names_no_user(text: bytes) -> None:
    assert user_in(parse_body(text)) == ""
