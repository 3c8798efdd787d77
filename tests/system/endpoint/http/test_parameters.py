import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from system.endpoint.http import parameters
from system.endpoint.http.responses import RequestRefused

MAX = 2**63 - 1


@given(st.integers(0, MAX))
def test_every_integer_of_the_range_is_an_amount(value: int) -> None:
    assert parameters.amount(str(value)) == value


def test_leading_zeros_are_ignored() -> None:
    assert parameters.amount("0005") == 5


@pytest.mark.parametrize(
    "text",
    [
        "",
        "+5",
        "-1",
        "-0",
        "5.0",
        " 5",
        "5 ",
        "5_0",
        "0x5",
        "1e3",
        "\N{ARABIC-INDIC DIGIT FIVE}",
        "²",
        "five",
        str(MAX + 1),
        "0" * 20,
    ],
)
def test_nothing_else_is_an_amount(text: str) -> None:
    with pytest.raises(RequestRefused) as refused:
        parameters.amount(text)
    assert refused.value.answer.status == 400
    assert b'"invalid_amount"' in refused.value.answer.body


@given(st.text(max_size=100).filter(lambda text: re.fullmatch("[0-9]{1,19}", text) is None))
def test_no_other_text_is_an_amount(text: str) -> None:
    with pytest.raises(RequestRefused):
        parameters.amount(text)


@given(st.text(min_size=1, max_size=64), st.binary(min_size=8, max_size=8))
def test_a_request_id_names_its_function_and_its_key(function_id: str, key: bytes) -> None:
    assert parameters.parse_request_id(parameters.request_id(function_id, key)) == (function_id, key)


@given(st.text(max_size=40).filter(lambda text: re.search("-[0-9a-f]{16}$", text) is None))
def test_any_other_request_id_is_unknown(text: str) -> None:
    with pytest.raises(RequestRefused) as refused:
        parameters.parse_request_id(text)
    assert refused.value.answer.status == 404


@pytest.mark.parametrize("key", ["", "x" * 256, "clé", "a\tb", "a\x00"])
def test_a_key_has_1_to_255_printable_ascii_characters(key: str) -> None:
    with pytest.raises(RequestRefused) as refused:
        parameters.key_hash({"HTTP_IDEMPOTENCY_KEY": key})
    assert refused.value.answer.status == 400


def test_the_same_key_has_the_same_hash_and_no_key_has_none() -> None:
    hashes = {parameters.key_hash({"HTTP_IDEMPOTENCY_KEY": key}) for key in ("a", "a", "b")}
    assert [len(value) for value in hashes] == [8, 8]
    assert parameters.key_hash({}) == b""


@pytest.mark.parametrize("header", ["respond-async", "wait=5, Respond-Async", "respond-async; foo=bar"])
def test_a_preference_is_found_among_others(header: str) -> None:
    assert parameters.wants_async({"HTTP_PREFER": header})


@pytest.mark.parametrize("header", ["", "return=minimal", "respond-asynchronously", "x;respond-async"])
def test_other_preferences_are_ignored(header: str) -> None:
    assert not parameters.wants_async({"HTTP_PREFER": header})


NOW_NS = 1_700_000_010_250_000_000
QUEUED_S = 10.25


@pytest.mark.parametrize(
    "start",
    [
        "t=1700000000",
        "1700000000",
        "t=1700000000.0",
        "t=1700000000000",
        "1700000000000",
        "t=1700000000000000",
    ],
)
def test_the_time_in_a_queue_counts_from_the_start_that_a_proxy_names(start: str) -> None:
    assert parameters.queued_s({"HTTP_X_REQUEST_START": start}, NOW_NS) == pytest.approx(QUEUED_S)


@pytest.mark.parametrize(
    "start",
    [
        "",
        "t=",
        "now",
        "t=-1",
        "t=1e9",
        "t=nan",
        "t=1700000011",
        "t=1",
        "0",
        "t=17000000000000000000",
        "\u0661",
    ],
)
def test_a_start_that_is_nonsense_or_in_the_future_is_ignored(start: str) -> None:
    assert parameters.queued_s({"HTTP_X_REQUEST_START": start}, NOW_NS) == 0.0
    assert parameters.queued_s({}, NOW_NS) == 0.0
