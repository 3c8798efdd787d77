"""A hundred thousand users at once, and creates beside adds: the outcome is asserted, the speed printed."""

import os
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psutil
import pytest

from tests.live_system import LiveSystem
from tests.meanwhile import meanwhile
from tests.system.consistency.at_once import Line, all_at_once, ask
from tests.system.contract.asking import asking

pytestmark = pytest.mark.real

USERS, CREDIT = 100_000, 7
SAMPLED = 997
WITHIN_S = 240.0
READERS, PAUSE_S = 4, 0.02
GROWTH_MIB = 64
"""What a process may need for a batch of any size: a chunk of it, and what reading goes on meanwhile."""
CONNECTIONS, EACH = 64, 25


class Readers:
    """Callers that read a user over and over, and how long they waited for each answer."""

    def __init__(self, address: str, path: str) -> None:
        self.took_s: list[float] = []
        self.failed: list[int] = []
        self._address, self._path = address, path
        self._over = threading.Event()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Read until the block is left."""
        with meanwhile(self._over, [self._read] * READERS):
            yield

    def _read(self) -> None:
        with asking(self._address) as asker:
            while not self._over.wait(PAUSE_S):
                began_s = time.monotonic()
                status = asker.get(self._path).status
                self.took_s.append(time.monotonic() - began_s)
                if status != 200:
                    self.failed.append(status)


class Peak:
    """The most memory that processes had beyond what they had at first, MiB."""

    def __init__(self, pids: Sequence[int]) -> None:
        self._processes = [psutil.Process(pid) for pid in pids]
        self._first = self._resident()
        self._over = threading.Event()
        self.growth_mib = 0.0

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Look until the block is left."""
        watcher = threading.Thread(target=self._look)
        watcher.start()
        try:
            yield
        finally:
            self._over.set()
            watcher.join()

    def _look(self) -> None:
        while not self._over.wait(0.2):
            self.growth_mib = max(self.growth_mib, (self._resident() - self._first) / 2**20)

    def _resident(self) -> int:
        return sum(process.memory_info().rss for process in self._processes)


@pytest.mark.timeout(300)
def test_a_hundred_thousand_users_are_made_while_others_are_answered(
    running_system: LiveSystem, capsys: pytest.CaptureFixture[str]
) -> None:
    other = running_system.request("POST", "/users/create")[1]["user_id"]
    readers = Readers(running_system.endpoint, f"/users/find/{other}")
    peak = Peak([*running_system.pids("endpoint-worker"), *running_system.pids("functions")])
    began_s = time.monotonic()
    with readers.reading(), peak.watched(), asking(running_system.endpoint, WITHIN_S) as asker:
        filled = asker.post(f"/payment/batch_init/{USERS}/{CREDIT}")
    took_s = time.monotonic() - began_s
    slowest = sorted(readers.took_s)[int(len(readers.took_s) * 0.99)]
    with capsys.disabled():
        print(
            f"\n{USERS} users in {took_s:.1f} s, memory up by {peak.growth_mib:.0f} MiB; meanwhile "
            f"{len(readers.took_s)} reads, p99 {slowest * 1000:.0f} ms; load average {os.getloadavg()[0]:.1f}"
        )
    assert (filled.status, readers.failed) == (200, [])
    assert peak.growth_mib < GROWTH_MIB
    sampled = [*range(0, USERS, SAMPLED), USERS - 1]
    found = all_at_once(
        running_system.endpoint, [ask("GET", f"/payment/find_user/{user}") for user in sampled]
    )
    assert [told.body for told in found] == [{"user_id": str(user), "credit": CREDIT} for user in sampled]
    assert int(running_system.request("POST", "/users/create")[1]["user_id"]) >= USERS


Talk = Callable[[Line], Coroutine[Any, Any, list[Any]]]


def over_and_over(method: str, path: str) -> Talk:
    async def talk(line: Line) -> list[Any]:
        return [await line.ask(method, path) for _ in range(EACH)]

    return talk


def test_creates_keep_up_with_adds(running_system: LiveSystem, capsys: pytest.CaptureFixture[str]) -> None:
    took_s, told = {}, {}
    user = running_system.request("POST", "/users/create")[1]["user_id"]
    for path in (f"/users/credit/add/{user}/1", "/users/create"):
        began_s = time.monotonic()
        answers = all_at_once(running_system.endpoint, [over_and_over("POST", path)] * CONNECTIONS)
        took_s[path] = time.monotonic() - began_s
        told[path] = [answer.body for line in answers for answer in line]
    added, created = told.values()
    assert sorted(body["credit"] for body in added) == list(range(1, CONNECTIONS * EACH + 1))
    assert len({body["user_id"] for body in created}) == CONNECTIONS * EACH
    rates = [CONNECTIONS * EACH / seconds for seconds in took_s.values()]
    with capsys.disabled():
        print(
            f"\n{rates[0]:.0f} adds/s and {rates[1]:.0f} creates/s at {CONNECTIONS} connections; "
            f"load average {os.getloadavg()[0]:.1f}"
        )
