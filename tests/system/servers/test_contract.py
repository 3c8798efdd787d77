"""Contract of every WSGI server in the catalogue, tested for those that are installed."""

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import psutil
import pytest

from system.servers.catalogue import SERVERS
from system.servers.meinheld import COOPERATIVE
from system.servers.protocol import STOP_S
from tests.system.servers.running import Running, answered_until_refused, eventually, get_on, started

MAX_MEASURED = 500
BEYOND_CAPACITY = 8
STOP_TIMEOUT_S = 10
BUSY_S = 3.0
"""Time beyond the limit for a busy machine."""
MEINHELD_IS_MISSING = COOPERATIVE.unavailable()


AVAILABLE = [name for name in SERVERS if SERVERS.load(name).unavailable() is None]


@pytest.fixture(scope="module", params=AVAILABLE)
def name(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture(scope="module")
def served(name: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with started(name, "open_app", tmp_path_factory.mktemp(name)) as running:
        eventually(running.answers, f"{name} answers")
        yield running


def test_the_servers_of_the_lock_file_are_available() -> None:
    assert {"gunicorn-sync", "gunicorn-gthread", "gunicorn-gevent", "granian"} <= set(AVAILABLE)


def test_a_connection_is_kept_open_if_that_is_declared(served: Running) -> None:
    with closing(served.connect()) as connection:
        get_on(connection, "/")
        assert (connection.sock is not None) == served.server.keep_alive


def test_64_connections_are_each_served_several_times(served: Running) -> None:
    with ExitStack() as stack, ThreadPoolExecutor(64) as pool:
        connections = [stack.enter_context(closing(served.connect())) for _ in range(64)]
        for _ in range(3):
            assert len(list(pool.map(lambda each: get_on(each, "/"), connections))) == 64


def test_a_header_of_6_kb_arrives_whole(served: Running) -> None:
    with closing(served.connect()) as connection:
        assert get_on(connection, "/header", X_Long="x" * 6000) == 6000


def test_requests_in_flight_reach_the_capacity_and_not_more(served: Running) -> None:
    capacity = served.server.capacity(processes=1, threads=64)
    expected = min(capacity, MAX_MEASURED)
    sent = min(capacity + BEYOND_CAPACITY, MAX_MEASURED)
    with ThreadPoolExecutor(sent) as pool:
        answers = [pool.submit(served.get, "/hold") for _ in range(sent)]
        eventually(lambda: served.held() >= expected, f"{expected} requests are held")
        (served.state / "release").touch()
        most = max(answer.result() for answer in answers)
    assert expected <= most <= capacity


def test_it_listens_only_on_the_given_address(served: Running) -> None:
    connections = psutil.net_connections("inet")
    listening = {str(each.laddr) for each in connections if each.status == psutil.CONN_LISTEN}
    its_own = {address for address in listening if f"port={served.port})" in address}
    assert its_own == {f"addr(ip='127.0.0.1', port={served.port})"}


def test_a_killed_worker_is_replaced(name: str, tmp_path: Path) -> None:
    with started(name, "open_app", tmp_path, threads=4) as running:
        eventually(running.answers, f"{name} answers")
        killed = running.get("/pid")
        os.kill(killed, signal.SIGKILL)
        eventually(lambda: running.answers() not in {None, killed}, "another worker answers")


def test_its_stop_signal_finishes_the_request_in_flight_and_leaves_no_process(
    name: str, tmp_path: Path
) -> None:
    with (
        started(name, "open_app", tmp_path, processes=2, threads=4) as running,
        closing(running.connect()) as idle,
        ThreadPoolExecutor(1) as pool,
    ):
        eventually(running.answers, f"{name} answers")
        eventually(lambda: len(running.workers()) == 2, "both workers answer")
        get_on(idle, "/")
        in_flight = pool.submit(running.get, "/noticed/1000")
        eventually(running.held, "the request is in flight")
        running.stop()
        assert in_flight.result() > 0
        assert running.process.wait(STOP_TIMEOUT_S) == 0, running.log.read_text()
        eventually(lambda: not running.processes(), "every process is gone", timeout_s=2)


def test_a_stop_under_load_answers_every_request_that_reached_the_application(
    name: str, tmp_path: Path
) -> None:
    with (
        started(name, "open_app", tmp_path, processes=2, threads=4) as running,
        ThreadPoolExecutor(16) as pool,
    ):
        eventually(running.answers, f"{name} answers")
        eventually(lambda: len(running.workers()) == 2, "both workers answer")
        clients = [pool.submit(answered_until_refused, running, "/noticed/5") for _ in range(16)]
        eventually(lambda: running.held() >= 200, "the load is under way")
        running.stop()
        running.process.wait(STOP_TIMEOUT_S)
        assert sum(client.result() for client in clients) == running.held()


def test_a_stop_does_the_work_of_every_request_that_was_accepted(name: str, tmp_path: Path) -> None:
    with started(name, "open_app", tmp_path, processes=2, threads=4) as running:
        eventually(running.answers, f"{name} answers")
        eventually(lambda: len(running.workers()) == 2, "both workers answer")
        with ThreadPoolExecutor(8) as pool:
            answered = set(pool.map(lambda _: running.get("/accepted"), range(100)))
        assert running.delivered() == 0
        running.stop()
        assert running.process.wait(STOP_TIMEOUT_S) == 0, running.log.read_text()
        assert running.delivered() == 100, answered


def test_a_request_that_does_not_end_is_cut_off_in_the_time_that_a_stop_may_take(tmp_path: Path) -> None:
    with ExitStack() as stack, ThreadPoolExecutor(len(AVAILABLE)) as pool:
        servers = [stack.enter_context(started(name, "open_app", tmp_path / name)) for name in AVAILABLE]
        for running in servers:
            eventually(running.answers, f"{running.server.name} answers")
        hanging = [pool.submit(answered_until_refused, running, "/hold") for running in servers]
        for running in servers:
            eventually(running.held, f"a request hangs in {running.server.name}")
        stopped_s = time.monotonic()
        for running in servers:
            running.stop()
        for running in servers:
            left_s = stopped_s + STOP_S + BUSY_S - time.monotonic()
            running.process.wait(max(left_s, 0.01))
        assert [hung.result() for hung in hanging] == [0] * len(servers)


def test_an_application_that_cannot_be_built_ends_it_with_the_reason(name: str, tmp_path: Path) -> None:
    with started(name, "cannot_open", tmp_path, processes=2, threads=4) as running:
        assert running.process.wait(30) != 0
        assert "this application has no partition left" in running.log.read_text()
        eventually(lambda: not running.processes(), "every process is gone", timeout_s=5)


@pytest.mark.skipif(MEINHELD_IS_MISSING is not None, reason=str(MEINHELD_IS_MISSING))
def test_a_stop_of_meinheld_answers_every_waiting_greenlet_and_ends_kept_connections(tmp_path: Path) -> None:
    with started(COOPERATIVE.name, "open_app", tmp_path) as running, ThreadPoolExecutor(16) as pool:
        eventually(running.answers, "it answers")
        clients = [pool.submit(answered_until_refused, running, "/noticed/200") for _ in range(16)]
        eventually(lambda: running.held() >= 3 * 16, "every connection is kept")
        running.stop()
        assert sum(client.result() for client in clients) == running.held()
