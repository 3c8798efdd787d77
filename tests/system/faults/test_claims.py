"""Who reads which replies when endpoint processes come and go."""

import fcntl
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from system.runtime.layout import Layout
from tests.live_system import LiveSystem, eventually, run, started
from tests.system.contract.asking import Asker, NoAnswer, asking
from tests.system.faults.counting import counted
from tests.system.faults.holding import frozen

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


def worker_of(beside: LiveSystem) -> int:
    """Return the process of *beside* that has claimed a partition."""
    locks = Layout(beside.data_dir).claims.glob("*.lock")
    claimed = {int(lock.read_text() or 0) for lock in locks}
    (worker,) = claimed & set(beside.all_pids())
    return worker


def ask_in_vain(asker: Asker, path: str) -> None:
    try:
        asker.get(path)
    except NoAnswer:
        return
    raise AssertionError("a killed worker answered")


def lives(address: str) -> bool:
    with asking(address) as asker:
        try:
            return asker.get("/healthz").status == 200
        except NoAnswer:
            return False


@pytest.fixture(params=["granian", "gunicorn-gthread"])
def beside(running_system: LiveSystem, request: pytest.FixtureRequest) -> Iterator[LiveSystem]:
    """An endpoint of one process beside the running system."""
    system = started(running_system.data_dir, ("component", "endpoint", "--server", request.param))
    yield system
    system.stop()


def test_a_successor_takes_the_partition_and_drops_the_replies_meant_for_the_dead(
    running_system: LiveSystem, beside: LiveSystem
) -> None:
    worker, before = worker_of(beside), counted(beside.endpoint, UNKNOWN)
    with asking(beside.endpoint) as asker, all_claimed(running_system):
        with frozen(running_system.pids("functions")):
            asked = threading.Thread(target=ask_in_vain, args=(asker, "/users/find/nobody"))
            asked.start()
            eventually(lambda: counted(beside.endpoint, WAITING) == 1)
            os.kill(worker, signal.SIGKILL)
            asked.join()
            eventually(lambda: lives(beside.endpoint))
        eventually(lambda: counted(beside.endpoint, UNKNOWN) == before + 1)
        assert asker.get("/users/find/nobody").status == 404
    assert worker_of(beside) != worker


def test_a_process_too_many_is_a_clear_error_at_the_start(running_system: LiveSystem) -> None:
    component = ("component", "endpoint", "--data-dir", str(running_system.data_dir))
    asked = run(*component, "--processes", str(PARTITIONS + 1))
    assert (asked.returncode, len(asked.stderr.splitlines())) == (2, 1)
    assert "--processes 33 is more than there are reply partitions; use at most 32" in asked.stderr
    with all_claimed(running_system):
        crowded = run(*component)
    assert (crowded.returncode, len(crowded.stderr.splitlines())) == (3, 1)
    assert "all 32 reply partitions are claimed" in crowded.stderr
    assert running_system.request("GET", "/readyz")[0] == 200
