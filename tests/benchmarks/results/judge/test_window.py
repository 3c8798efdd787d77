import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.results.judge import window as subject
from benchmarks.results.judge.window import Samples, figures
from loadtests.measurement.samples import HOPS, ROUTES, SAMPLE

MS = 1_000_000
WINDOW = (1_000 * MS, 2_000 * MS)


def rows(*requests: tuple[float, float, float, int]) -> Samples:
    """Requests as (intended, sent, ended, status), in ms; in turn a create and a find."""
    samples = np.zeros(len(requests), dtype=SAMPLE)
    table = np.array(requests, dtype=float).reshape(-1, 4)
    for column, name in enumerate(("intended_ns", "sent_ns", "ended_ns")):
        samples[name] = table[:, column] * MS
    samples["status"], samples["route"] = table[:, 3], np.arange(len(requests)) % 2
    for hop in HOPS:
        samples[f"{hop}_ms"] = np.nan
    return samples


def test_a_request_counts_where_it_was_due_and_its_answer_where_it_ended() -> None:
    found = figures(
        rows(
            (990, 990, 1_010, 200),  # due before, ended within
            (1_000, 1_002, 1_012, 200),
            (1_999, 1_999, 2_500, 200),  # due within, ended after
            (2_000, 2_000, 2_001, 200),
        ),
        *WINDOW,
    )
    assert found.requests.sent == 2
    assert found.throughput_per_s == 2.0
    assert found.response_ms is not None
    assert found.response_ms.max == pytest.approx(501)


def test_response_is_from_the_intended_start_service_from_the_send_and_lag_between() -> None:
    found = figures(rows((1_000, 1_002, 1_012, 200)), *WINDOW)
    assert (found.response_ms, found.service_ms, found.lag_ms) == (
        subject.spread(np.array([12.0])),
        subject.spread(np.array([10.0])),
        subject.spread(np.array([2.0])),
    )


def test_errors_are_counted_and_do_not_improve_the_response_time() -> None:
    samples = rows((1_000, 1_000, 1_001, 503), (1_000, 1_000, 1_001, 0), (1_000, 1_000, 1_050, 400))
    found = figures(samples, *WINDOW)
    assert (found.requests.succeeded, found.requests.failed) == (1, 2)
    assert found.requests.by_status == {"0": 1, "400": 1, "503": 1}
    assert found.response_ms is not None
    assert found.response_ms.count == 3
    assert found.response_ms.mean == pytest.approx(50)
    assert found.response_ms.p50 == found.response_ms.p99 == np.inf
    assert found.throughput_per_s == 1.0


def test_routes_without_a_request_and_hops_that_nobody_told_are_absent() -> None:
    found = figures(rows((1_000, 1_000, 1_001, 200), (1_000, 1_000, 1_001, 200)), *WINDOW)
    assert list(found.by_route) == list(ROUTES[:2])
    assert found.hops_ms == {}


def test_an_empty_window_has_no_spread_and_no_drift() -> None:
    found = figures(rows(), *WINDOW)
    assert (found.response_ms, found.drift, found.throughput_per_s) == (None, None, 0.0)


def test_drift_is_the_last_third_by_the_first() -> None:
    ended = np.array([1_001, 1_002, 1_500, 1_990]) * MS
    assert subject.drift(ended, *WINDOW) == 0.5


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50))
def test_percentiles_rise_to_the_maximum(durations: list[float]) -> None:
    one = subject.spread(np.array(durations))
    assert one is not None
    assert one.p50 <= one.p90 <= one.p95 <= one.p99 <= one.max
    assert one.count == len(durations)
