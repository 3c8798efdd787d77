"""More requests than may wait, without replies: refused at once, 504 at the deadline, nothing left."""

import resource
from collections import Counter
from collections.abc import Iterator, Sequence

import psutil
import pytest

from tests.live_system import LiveSystem, eventually, started
from tests.system.consistency.simultaneous import Response, one_request, simultaneously
from tests.system.contract.client import connected, metric_of
from tests.system.faults.interruptions import gone

pytestmark = pytest.mark.real

BOUND = 2000
BEYOND = 20
"""Small enough that all requests are within Granian's 2,048 connections, and reach the application."""
THREADS = 2060
ANSWER_TIMEOUT_S = 25.0
KEPT_OPEN = 30
"""Descriptors that the first requests may open and keep."""


@pytest.fixture
def large_endpoint(running_system: LiveSystem) -> Iterator[LiveSystem]:
    """An endpoint of one process whose in-flight capacity is above the bound."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    system = started(running_system.data_dir, ("component", "endpoint", "--threads", str(THREADS)))
    yield system
    system.stop()
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def of_status(answers: Sequence[Response], status: int) -> list[Response]:
    return [answer for answer in answers if answer.status == status]


def took_ms(response: Response) -> float:
    return float(response.headers["server-timing"].rpartition("dur=")[2])


def worker(system: LiveSystem) -> psutil.Process:
    return psutil.Process(system.process.pid).children(recursive=True)[-1]


@pytest.mark.timeout(180)
def test_requests_beyond_the_bound_are_refused_at_once_and_timeouts_leave_nothing(
    running_system: LiveSystem, large_endpoint: LiveSystem
) -> None:
    with connected(large_endpoint.endpoint) as client:
        open_before = worker(large_endpoint).num_fds()
        late_before = metric_of(large_endpoint.endpoint, "endpoint_late_replies_total")
        with gone(running_system, "functions"):
            answers = simultaneously(
                large_endpoint.endpoint,
                [one_request("GET", "/users/find/nobody")] * (BOUND + BEYOND),
                ANSWER_TIMEOUT_S,
            )
        statuses = Counter((answer.status, answer.body["error"]) for answer in answers)
        assert statuses == {(504, "timeout"): BOUND, (503, "overloaded"): BEYOND}
        assert {answer.headers["retry-after"] for answer in of_status(answers, 503)} == {"1"}
        assert max(map(took_ms, of_status(answers, 503))) < min(map(took_ms, of_status(answers, 504)))
        eventually(
            lambda: metric_of(large_endpoint.endpoint, "endpoint_late_replies_total") - late_before == BOUND
        )
        assert metric_of(large_endpoint.endpoint, "endpoint_waiting_requests") == 0
        assert client.get("/users/find/nobody").status == 404
        eventually(lambda: worker(large_endpoint).num_fds() <= open_before + KEPT_OPEN, within_s=10)
