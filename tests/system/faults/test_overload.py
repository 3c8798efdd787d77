"""Ten times as many callers as places while Flink or Kafka is stopped: every caller is answered in time."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest

from tests.live_system import LiveSystem, eventually, request, started
from tests.system.consistency.simultaneous import Connection, Response
from tests.system.contract.client import metric_of
from tests.system.faults.interruptions import frozen

pytestmark = pytest.mark.real

SERVERS = ("gunicorn-gthread", "gunicorn-gevent", "granian")
PLACES, CALLERS = 8, 80
DEADLINE_S, GRACE_S = 3.0, 1.0
STOPPED_S = 5.0
"""Longer than the deadline, and than the silence after which requests are refused."""
HEALTH_WITHIN_S = 0.2
MOST = 0.9
"""The share of the checks for which that is required here, where the callers share the endpoints' cores."""
REFUSED_WITHIN_S = 0.1
"""Half of the refusals at least: those of the first second wait, since replies may come yet."""
BACK_WITHIN_S = 3.0
RETRY_AFTER_S = 1.0
"""What a refusal asks for; each caller does as asked."""
APART_S = RETRY_AFTER_S / len(SERVERS)
"""The callers of the endpoints do not start at the same moment: they share the cores of one machine."""
UNKNOWN_USER = "/users/find/nobody"


@dataclass(frozen=True)
class Attached:
    """An endpoint attached to the running system, and its address for health checks."""

    system: LiveSystem
    health: str

    @property
    def address(self) -> str:
        return self.system.endpoint


@dataclass
class Seen:
    """The answers of one endpoint: status and error, the seconds that each took, and those of the checks."""

    answers: Counter[tuple[int, str]] = field(default_factory=Counter)
    answer_s: list[float] = field(default_factory=list)
    refusal_s: list[float] = field(default_factory=list)
    health_s: list[float] = field(default_factory=list)

    def note(self, response: Response, took_s: float) -> None:
        self.answers[response.status, response.body["error"]] += 1
        self.answer_s.append(took_s)
        if response.status == 503:
            assert response.headers["retry-after"] == "1"
            self.refusal_s.append(took_s)

    def slowest(self) -> str:
        """Return the counts of the answers, and the slowest of each kind."""
        kinds = {"answer": self.answer_s, "refusal": self.refusal_s, "check": self.health_s}
        return f"{dict(self.answers)}; " + ", ".join(f"{kind} {max(s):.2f} s" for kind, s in kinds.items())


def attach(data_dir: LiveSystem, server: str) -> Attached:
    options = ("--server", server, "--threads", str(PLACES), "--max-waiting", str(PLACES))
    limits = ("--deadline", str(DEADLINE_S), "--health-port", "0")
    system = started(data_dir.data_dir, ("component", "endpoint", *options, *limits))
    address = system.addresses["endpoint"]
    (health,) = [row["health"] for row in system.components() if row["health"] and row["address"] == address]
    return Attached(system, health.removeprefix("http://"))


@pytest.fixture(scope="module")
def attached(running_system: LiveSystem) -> Iterator[Sequence[Attached]]:
    """An endpoint of each server."""
    with ThreadPoolExecutor(len(SERVERS)) as pool:
        endpoints = list(pool.map(lambda server: attach(running_system, server), SERVERS))
    yield endpoints
    for endpoint in endpoints:
        endpoint.system.stop()


async def timed(address: str, path: str) -> tuple[Response, float]:
    """Send a request on a new connection; return its response, and the seconds from the connection on."""
    connection, started_s = Connection(address), time.monotonic()
    await connection.open()
    try:
        return await connection.request("GET", path), time.monotonic() - started_s
    finally:
        await connection.close()


async def call(address: str, seen: Seen, delay_s: float, until_s: float) -> None:
    await asyncio.sleep(delay_s)
    while time.monotonic() < until_s:
        response, took_s = await timed(address, UNKNOWN_USER)
        seen.note(response, took_s)
        await asyncio.sleep(RETRY_AFTER_S)


async def check_health(address: str, seen: Seen, until_s: float) -> None:
    while time.monotonic() < until_s:
        response, took_s = await timed(address, "/healthz")
        assert response.status == 200
        seen.health_s.append(took_s)
        await asyncio.sleep(0.1)


async def call_all(attached: Sequence[Attached]) -> Sequence[Seen]:
    """Call every endpoint from all callers for `STOPPED_S`; return the answers when the last has come."""
    until_s = time.monotonic() + STOPPED_S
    seen = [Seen() for _ in attached]
    tasks: list[Awaitable[None]] = []
    for number, (endpoint, its) in enumerate(zip(attached, seen, strict=True)):
        tasks += [call(endpoint.address, its, number * APART_S, until_s) for _ in range(CALLERS)]
        tasks.append(check_health(endpoint.health, its, until_s))
    await asyncio.wait_for(asyncio.gather(*tasks), STOPPED_S + DEADLINE_S + 5 * GRACE_S)
    return seen


def is_served(address: str) -> bool:
    return request(address, "GET", UNKNOWN_USER)[0] == 404


def seconds_until_served(address: str) -> float:
    since_s = time.monotonic()
    eventually(lambda: is_served(address))
    return time.monotonic() - since_s


def at_once(run: Callable[[Attached], float], attached: Sequence[Attached]) -> Sequence[float]:
    with ThreadPoolExecutor(len(attached)) as pool:
        return list(pool.map(run, attached))


@pytest.mark.parametrize("stopped", ["flink", "kafka"])
def test_every_caller_is_answered_in_time_and_the_service_is_back_by_itself(
    running_system: LiveSystem, attached: Sequence[Attached], stopped: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert all(is_served(endpoint.address) for endpoint in attached)
    with frozen(running_system.pids(stopped)):
        seen = asyncio.run(call_all(attached))
    back_s = at_once(lambda endpoint: seconds_until_served(endpoint.address), attached)
    for server, its, back in zip(SERVERS, seen, back_s, strict=True):
        with capsys.disabled():
            print(f"\n{stopped} stopped, {server}: {its.slowest()}; back after {back:.1f} s")
        assert set(its.answers) <= {(504, "timeout"), (503, "overloaded"), (503, "unavailable")}
        assert its.answers[504, "timeout"] >= PLACES
        assert its.answers[503, "unavailable"] > CALLERS
        assert sorted(its.refusal_s)[len(its.refusal_s) // 2] < REFUSED_WITHIN_S
        assert max(its.answer_s) < DEADLINE_S + GRACE_S
        assert sorted(its.health_s)[int(MOST * len(its.health_s))] < HEALTH_WITHIN_S
        assert max(its.health_s) < GRACE_S
        assert back < BACK_WITHIN_S
    for endpoint in attached:
        assert metric_of(endpoint.health, "endpoint_waiting_requests") == 0
        assert metric_of(endpoint.health, "endpoint_refusing_processes") == 0
