"""`up`, `status` and `down` with the in-memory client, whose system needs no broker."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from tests.live_system import LiveSystem, eventually, is_gone, popen, request, run, start, started


@pytest.fixture
def system(tmp_path: Path) -> Iterator[LiveSystem]:
    system = start(tmp_path / "data", "--client", "memory", "--threads", "4")
    yield system
    if system.process.poll() is None:
        system.stop()


def test_the_ready_line_names_what_answers(system: LiveSystem) -> None:
    assert list(system.addresses) == ["endpoint"]
    assert system.request("POST", "/users/create") == (201, {"user_id": "0"})


def test_status_lists_the_endpoint_and_its_workers(system: LiveSystem) -> None:
    endpoint, worker = system.components()
    assert (endpoint["component"], worker["component"]) == ("endpoint", "endpoint-worker")
    assert (endpoint["state"], endpoint["restarts"]) == ("ready", 0)
    assert worker["pids"] == [child.pid for child in psutil.Process(endpoint["pids"][0]).children()]
    assert worker["rss_mib"] > 1


def test_health_checks_have_a_port_of_their_own_where_that_is_asked_for(tmp_path: Path) -> None:
    options = ("--processes", "1", "--max-waiting", "1", "--deadline", "2", "--health-port", "0")
    system = start(tmp_path / "data", "--client", "memory", "--threads", "2", *options)
    endpoint, worker = system.components()
    assert list(system.addresses) == ["endpoint"]
    assert worker["health"] is None
    address = urlsplit(endpoint["health"]).netloc
    assert address != system.endpoint
    assert request(address, "GET", "/readyz")[0] == 200
    assert system.stop() == 0


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_stops_everything(system: LiveSystem, signum: signal.Signals) -> None:
    pids = system.all_pids()
    system.process.send_signal(signum)
    assert system.process.wait(12) == 0
    assert all(map(is_gone, pids))
    assert not (system.data_dir / "system.json").exists()


def test_a_killed_supervisor_leaves_no_process_and_does_not_block_the_next_start(system: LiveSystem) -> None:
    pids = system.all_pids()
    system.kill()
    again = start(system.data_dir, "--client", "memory")
    assert all(map(is_gone, pids))
    assert again.stop() == 0


def test_a_killed_endpoint_is_restarted_on_its_port(system: LiveSystem) -> None:
    os.kill(system.pids("endpoint")[0], signal.SIGKILL)
    endpoint = eventually(lambda: [part for part in system.components() if part["restarts"] == 1])[0]
    eventually(lambda: system.components()[0]["state"] == "ready")
    assert endpoint["address"] == system.addresses["endpoint"]
    assert system.request("GET", "/readyz")[0] == 200


def test_a_second_system_on_the_same_folder_is_refused(system: LiveSystem) -> None:
    second = run("up", "--client", "memory", "--ports", "auto", "--data-dir", str(system.data_dir))
    assert second.returncode == 3
    assert second.stderr.startswith(f"error: a system is running on {system.data_dir}; stop it with")
    assert system.request("GET", "/healthz")[0] == 200


def test_an_interrupted_start_leaves_no_process(tmp_path: Path) -> None:
    starting = popen("up", "--client", "memory", "--ports", "auto", "--data-dir", str(tmp_path / "data"))
    children = eventually(lambda: psutil.Process(starting.pid).children(recursive=True))
    starting.send_signal(signal.SIGINT)
    starting.communicate(timeout=12)
    assert all(is_gone(child.pid) for child in children)


def test_a_detached_system_runs_until_down(tmp_path: Path) -> None:
    data_dir = ("--data-dir", str(tmp_path / "data"))
    up = run("up", "--client", "memory", "--ports", "auto", "--detach", *data_dir)
    assert up.returncode == 0, up.stderr
    assert up.stdout.startswith("ready endpoint=http://127.0.0.1:")
    pids = [
        pid
        for part in json.loads(run("status", "--json", *data_dir).stdout)["components"]
        for pid in part["pids"]
    ]
    assert len(pids) == 2
    assert run("down", *data_dir).stdout == "stopped\n"
    assert all(map(is_gone, pids))


def test_a_detached_start_that_fails_prints_the_reason(tmp_path: Path, system: LiveSystem) -> None:
    port = system.addresses["endpoint"].rpartition(":")[2]
    up = run("up", "--client", "memory", "--port", port, "--detach", "--data-dir", str(tmp_path / "other"))
    assert (up.returncode, up.stdout) == (3, "")
    assert f"port {port}, wanted for endpoint, is in use by " in up.stderr.splitlines()[-1]


def test_a_separate_endpoint_is_listed_until_it_stops(system: LiveSystem) -> None:
    separate = started(system.data_dir, ("component", "endpoint", "--client", "memory"))
    assert separate.request("POST", "/users/create") == (201, {"user_id": "0"})
    assert [part["component"] for part in system.components()] == ["endpoint", "endpoint-worker"] * 2
    assert separate.stop() == 0
    assert len(system.components()) == 2
