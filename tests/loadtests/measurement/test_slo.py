import math

import pytest

from loadtests.measurement.slo import WrongObjective, missed, parse_objectives
from loadtests.measurement.units import NS_PER_MS
from loadtests.measurement.window import WindowSummary, summarise
from tests.loadtests.rows import row, samples


def summary() -> WindowSummary:
    """Ten requests due in a second, of 1 to 10 ms; the last was answered 503."""
    rows = [row(n, "find", sent=10 * n, ended=11 * n, status=503 if n == 10 else 200) for n in range(1, 11)]
    return summarise(samples(*rows), 0, 1_000 * NS_PER_MS)


@pytest.mark.parametrize(
    "text",
    [
        "p50<=5.5ms", "p88<50ms", "p88<0.05s", "p88<9001us", "mean<=5ms", "errors<=10%", "errors<0.2",
        "rate>=10/s", "throughput>=9/s", " p50 < 6 ms , rate > 9 ",
    ],
)  # fmt: skip
def test_an_objective_that_holds_is_not_missed(text: str) -> None:
    assert list(missed(parse_objectives(text), summary())) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("p50<5ms", "p50<5ms: it was 5.5 ms"),
        ("errors<0.1%", "errors<0.1%: it was 0.1 of 1"),
        ("rate>=200/s", "rate>=200/s: it was 10/s"),
        ("throughput>9/s", "throughput>9/s: it was 9/s"),
    ],
)
def test_an_objective_that_does_not_hold_is_missed(text: str, message: str) -> None:
    assert list(missed(parse_objectives(text), summary())) == [message]


@pytest.mark.parametrize("text", ["p50<5ms", "errors<1%"])
def test_nothing_measured_misses_every_objective(text: str) -> None:
    assert list(missed(parse_objectives(text), summarise(samples(), 0, NS_PER_MS))) == [
        f"{text}: nothing was measured"
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("p99=5ms", "not of the form"),
        ("p99<5", "p99 takes us, ms, s"),
        ("p101<5ms", "'p101' is not known"),
        ("errors<5ms", "errors takes %"),
        ("speed>1/s", "'speed' is not known"),
    ],
)
def test_what_is_no_objective_is_refused_with_what_is_allowed(text: str, message: str) -> None:
    with pytest.raises(WrongObjective, match=message):
        parse_objectives(text)


def test_a_window_that_was_cut_before_it_began_has_no_rate() -> None:
    assert summarise(samples(), NS_PER_MS, NS_PER_MS).value("rate") is None


def test_only_requests_due_in_the_window_count() -> None:
    load = samples(
        row(1, "find", due=9, sent=10), row(2, "find", due=10, sent=30), row(3, "find", due=20, sent=21)
    )
    assert summarise(load, 10 * NS_PER_MS, 20 * NS_PER_MS).sent == 1


def test_throughput_counts_what_ended_in_the_window_and_the_rate_what_was_due() -> None:
    load = samples(
        row(1, "find", due=5, ended=15),  # due before the window, ended in it
        row(2, "find", due=12, ended=18),
        row(3, "find", due=15, ended=16, status=503),
        row(4, "find", due=19, ended=25),
    )
    shown = summarise(load, 10 * NS_PER_MS, 20 * NS_PER_MS)
    assert (shown.value("throughput"), shown.value("rate")) == (200, 300)


def test_a_failed_request_took_infinitely_long() -> None:
    rows = [row(n, "find", due=0, ended=n, status=504 if n <= 2 else 200) for n in range(1, 11)]
    shown = summarise(samples(*rows), 0, NS_PER_MS)
    assert (shown.value("p50"), shown.value("mean")) == (7.5, 6.5)
    assert shown.value("p89") == shown.value("max") == math.inf
    assert shown.time_words("max") == "- (2 of 10 requests failed)"
    assert list(missed(parse_objectives("max<1s"), shown)) == ["max<1s: it was - (2 of 10 requests failed)"]


@pytest.mark.parametrize(
    ("count", "words"), [(1_999, "- (19 requests lie beyond it, 20 are needed)"), (2_000, "5 ms")]
)
def test_a_p99_is_printed_only_with_twenty_requests_beyond_it(count: int, words: str) -> None:
    shown = summarise(samples(*(row(n, "find", due=0, ended=5) for n in range(count))), 0, NS_PER_MS)
    assert shown.time_words("p99") == words
    assert list(missed(parse_objectives("p99<2ms"), shown)) == [f"p99<2ms: it was {words}"]
    assert list(missed(parse_objectives("p99<9ms"), shown)) == []


def test_a_response_time_counts_from_the_intended_start() -> None:
    late = samples(row(1, "find", due=10, sent=40, ended=41))
    assert summarise(late, 0, 100 * NS_PER_MS).value("max") == 31
