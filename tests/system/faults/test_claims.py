"""Reply partitions when endpoint processes end and start."""

import fcntl
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from system.runtime.layout import Layout
from tests.live_system import LiveSystem, eventually, run, started
from tests.system.contract.client import NoAnswer, ServiceClient, connected, metric_of
from tests.system.faults.interruptions import frozen

pytestmark = pytest.mark.real

PARTITIONS = 32
UNKNOWN, WAITING = "endpoint_unknown_replies_total", "endpoint_waiting_requests"


@contextmanager
def all_claimed(system: LiveSystem) -> Iterator[None]:
    """Claim every reply partition that is free."""
    folder = Layout(system.data_dir).claims
    with ExitStack() as held:
        for partition in range(PARTITIONS):
            lock = held.enter_context((folder / f"reply-partition-{partition}.lock").open("a"))
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
        yield


def worker_of(attached: LiveSystem) -> int:
    """Return the process of *attached* that has claimed a partition."""
    locks = Layout(attached.data_dir).claims.glob("*.lock")
    claimed = {int(lock.read_text() or 0) for lock in locks}
    (worker,) = claimed & set(attached.all_pids())
    return worker


def request_without_answer(client: ServiceClient, path: str) -> None:
    try:
        client.get(path)
    except NoAnswer:
        return
    raise AssertionError("a killed worker answered")


def is_live(address: str) -> bool:
    with connected(address) as client:
        try:
            return client.get("/healthz").status == 200
        except NoAnswer:
            return False


@pytest.fixture(params=["granian", "gunicorn-gthread"])
def attached(running_system: LiveSystem, request: pytest.FixtureRequest) -> Iterator[LiveSystem]:
    """An endpoint of one process, attached to the running system."""
    system = started(running_system.data_dir, ("component", "endpoint", "--server", request.param))
    yield system
    system.stop()


def test_the_next_process_claims_the_partition_and_drops_replies_to_the_killed_one(
    running_system: LiveSystem, attached: LiveSystem
) -> None:
    worker, before = worker_of(attached), metric_of(attached.endpoint, UNKNOWN)
    with connected(attached.endpoint) as client, all_claimed(running_system):
        with frozen(running_system.pids("functions")):
            requesting = threading.Thread(target=request_without_answer, args=(client, "/users/find/nobody"))
            requesting.start()
            eventually(lambda: metric_of(attached.endpoint, WAITING) == 1)
            os.kill(worker, signal.SIGKILL)
            requesting.join()
            eventually(lambda: is_live(attached.endpoint))
        eventually(lambda: metric_of(attached.endpoint, UNKNOWN) == before + 1)
        assert client.get("/users/find/nobody").status == 404
    assert worker_of(attached) != worker


def test_too_many_processes_are_a_clear_error_at_the_start(running_system: LiveSystem) -> None:
    component = ("component", "endpoint", "--data-dir", str(running_system.data_dir))
    refused = run(*component, "--processes", str(PARTITIONS + 1))
    assert (refused.returncode, len(refused.stderr.splitlines())) == (2, 1)
    assert "--processes 33 is more than there are reply partitions; use at most 32" in refused.stderr
    with all_claimed(running_system):
        unclaimed = run(*component)
    assert (unclaimed.returncode, len(unclaimed.stderr.splitlines())) == (3, 1)
    assert "all 32 reply partitions are claimed" in unclaimed.stderr
    assert running_system.request("GET", "/readyz")[0] == 200
