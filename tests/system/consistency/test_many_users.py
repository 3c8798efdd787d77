"""A batch of fifty thousand users, and the rates of creates and adds: results checked, rates printed."""

import os
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import psutil
import pytest

from tests.live_system import LiveSystem, eventually, is_gone, started
from tests.meanwhile import meanwhile
from tests.system.consistency.simultaneous import Connection, one_request, simultaneously
from tests.system.contract.client import connected
from tests.system.contract.test_payment import ended

pytestmark = pytest.mark.real

USERS, CREDIT = 50_000, 7
SAMPLED = 997
WITHIN_S = 240.0
BATCH = f"/payment/batch_init/{USERS}/{CREDIT}"
DONE = f"The users 0..{USERS - 1} have a credit of {CREDIT} each."
READERS, PAUSE_S = 4, 0.02
GROWTH_MIB = 64
"""Limit for the memory of a batch of any size: one chunk, and the reads meanwhile."""
CONNECTIONS, EACH = 64, 25


class Readers:
    """Threads that read a user repeatedly, and the time of each answer."""

    def __init__(self, address: str, path: str) -> None:
        self.took_s: list[float] = []
        self.failed: list[int] = []
        self._address, self._path = address, path
        self._over = threading.Event()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Read during the block."""
        with meanwhile(self._over, [self._read] * READERS):
            yield

    def _read(self) -> None:
        with connected(self._address) as client:
            while not self._over.wait(PAUSE_S):
                started_s = time.monotonic()
                status = client.get(self._path).status
                self.took_s.append(time.monotonic() - started_s)
                if status != 200:
                    self.failed.append(status)


class MemoryGrowth:
    """The largest growth of the memory of processes, MiB."""

    def __init__(self, pids: Sequence[int]) -> None:
        self._processes = [psutil.Process(pid) for pid in pids]
        self._first = self._resident()
        self._over = threading.Event()
        self.growth_mib = 0.0

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Measure during the block."""
        watcher = threading.Thread(target=self._measure)
        watcher.start()
        try:
            yield
        finally:
            self._over.set()
            watcher.join()

    def _measure(self) -> None:
        while not self._over.wait(0.2):
            self.growth_mib = max(self.growth_mib, (self._resident() - self._first) / 2**20)

    def _resident(self) -> int:
        return sum(process.memory_info().rss for process in self._processes)


@pytest.fixture
def interrupted(running_system: LiveSystem) -> str:
    """The key of a batch whose process was killed after a part of it."""
    dying = started(running_system.data_dir, ("component", "endpoint"))
    with connected(dying.endpoint) as client:
        headers = {"Idempotency_Key": uuid4().hex, "Prefer": "respond-async"}
        accepted = client.post(BATCH, **headers)
        assert accepted.status == 202
        eventually(lambda: running_system.request("GET", accepted.headers["location"])[1]["done"] > 0)
        pids = dying.all_pids()
        dying.kill()
    eventually(lambda: all(map(is_gone, pids)))
    status, pending = running_system.request("GET", accepted.headers["location"])
    assert (status, pending["result"], pending["of"]) == (202, "pending", USERS)
    assert 0 < pending["done"] < USERS
    return headers["Idempotency_Key"]


@pytest.mark.timeout(300)
def test_a_batch_of_fifty_thousand_users_goes_on_in_another_process_while_others_are_answered(
    running_system: LiveSystem, interrupted: str, capsys: pytest.CaptureFixture[str]
) -> None:
    other = running_system.request("POST", "/users/create")[1]["user_id"]
    readers = Readers(running_system.endpoint, f"/users/find/{other}")
    memory = MemoryGrowth([*running_system.pids("endpoint-worker"), *running_system.pids("functions")])
    started_s = time.monotonic()
    with readers.reading(), memory.measured(), connected(running_system.endpoint) as client:
        accepted = client.post(BATCH, Idempotency_Key=interrupted, Prefer="respond-async")
        assert accepted.status == 202
        where = accepted.headers["location"]
        filled = eventually(lambda: ended(client.get(where)), WITHIN_S)
    took_s = time.monotonic() - started_s
    slowest = sorted(readers.took_s)[int(len(readers.took_s) * 0.99)]
    with capsys.disabled():
        print(
            f"\n{USERS} users, continued, in {took_s:.1f} s, memory up by {memory.growth_mib:.0f} MiB; "
            f"meanwhile {len(readers.took_s)} reads, p99 {slowest * 1000:.0f} ms; "
            f"load average {os.getloadavg()[0]:.1f}"
        )
    assert (filled, readers.failed) == ((200, {"msg": DONE}), [])
    assert memory.growth_mib < GROWTH_MIB
    sampled = [*range(0, USERS, SAMPLED), USERS - 1]
    found = simultaneously(
        running_system.endpoint, [one_request("GET", f"/payment/find_user/{user}") for user in sampled]
    )
    assert [each.body for each in found] == [{"user_id": str(user), "credit": CREDIT} for user in sampled]
    assert int(running_system.request("POST", "/users/create")[1]["user_id"]) >= USERS


Task = Callable[[Connection], Coroutine[Any, Any, list[Any]]]


def repeated(method: str, path: str) -> Task:
    async def task(connection: Connection) -> list[Any]:
        return [await connection.request(method, path) for _ in range(EACH)]

    return task


def test_many_creates_and_adds_at_once_succeed(
    running_system: LiveSystem, capsys: pytest.CaptureFixture[str]
) -> None:
    took_s, bodies = {}, {}
    user = running_system.request("POST", "/users/create")[1]["user_id"]
    for path in (f"/users/credit/add/{user}/1", "/users/create"):
        started_s = time.monotonic()
        answers = simultaneously(running_system.endpoint, [repeated("POST", path)] * CONNECTIONS)
        took_s[path] = time.monotonic() - started_s
        bodies[path] = [answer.body for connection in answers for answer in connection]
    added, created = bodies.values()
    assert sorted(body["credit"] for body in added) == list(range(1, CONNECTIONS * EACH + 1))
    assert len({body["user_id"] for body in created}) == CONNECTIONS * EACH
    rates = [CONNECTIONS * EACH / seconds for seconds in took_s.values()]
    with capsys.disabled():
        print(
            f"\n{rates[0]:.0f} adds/s and {rates[1]:.0f} creates/s at {CONNECTIONS} connections; "
            f"load average {os.getloadavg()[0]:.1f}"
        )
