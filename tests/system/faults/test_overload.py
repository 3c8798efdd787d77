"""More requests than may wait, none of them replied to: refused at once, given up in time, nothing kept."""

import resource
from collections import Counter
from collections.abc import Iterator, Sequence

import psutil
import pytest

from tests.live_system import LiveSystem, eventually, started
from tests.system.consistency.at_once import Told, all_at_once, ask
from tests.system.contract.asking import asking
from tests.system.faults.counting import counted
from tests.system.faults.holding import gone

pytestmark = pytest.mark.real

BOUND = 2000
BEYOND = 20
"""Within what Granian takes at once, 2,048 connections, so that each of them gets to the application."""
THREADS = 2060
ANSWERED_WITHIN_S = 25.0
KEPT_OPEN = 30
"""Descriptors that may come with the first requests and stay."""


@pytest.fixture
def wide(running_system: LiveSystem) -> Iterator[LiveSystem]:
    """An endpoint of one process in which more requests can be than may wait."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    system = started(running_system.data_dir, ("component", "endpoint", "--threads", str(THREADS)))
    yield system
    system.stop()
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def of_status(answers: Sequence[Told], status: int) -> list[Told]:
    return [told for told in answers if told.status == status]


def took_ms(told: Told) -> float:
    return float(told.headers["server-timing"].rpartition("dur=")[2])


def worker(system: LiveSystem) -> psutil.Process:
    return psutil.Process(system.process.pid).children(recursive=True)[-1]


@pytest.mark.timeout(180)
def test_beyond_the_bound_is_refused_at_once_and_what_times_out_leaves_nothing(
    running_system: LiveSystem, wide: LiveSystem
) -> None:
    with asking(wide.endpoint) as asker:
        open_before = worker(wide).num_fds()
        late_before = counted(wide.endpoint, "endpoint_late_replies_total")
        with gone(running_system, "functions"):
            answers = all_at_once(
                wide.endpoint, [ask("GET", "/users/find/nobody")] * (BOUND + BEYOND), ANSWERED_WITHIN_S
            )
        statuses = Counter((told.status, told.body["error"]) for told in answers)
        assert statuses == {(504, "timeout"): BOUND, (503, "overloaded"): BEYOND}
        assert {told.headers["retry-after"] for told in of_status(answers, 503)} == {"1"}
        assert max(map(took_ms, of_status(answers, 503))) < min(map(took_ms, of_status(answers, 504)))
        eventually(lambda: counted(wide.endpoint, "endpoint_late_replies_total") - late_before == BOUND)
        assert counted(wide.endpoint, "endpoint_waiting_requests") == 0
        assert asker.get("/users/find/nobody").status == 404
        eventually(lambda: worker(wide).num_fds() <= open_before + KEPT_OPEN, within_s=10)
