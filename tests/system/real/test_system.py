"""Whole system on real Kafka and Flink."""

import os
import signal
from pathlib import Path

import psutil
import pytest

from tests.live_system import LiveSystem, eventually, is_gone, run, start, started
from tests.system.real import exposure
from tests.system.real.ledger import AdditionLedger

pytestmark = pytest.mark.real

MAX_RSS_MIB = 1.2 * 1024


def test_a_user_is_created_found_and_credited(running_system: LiveSystem) -> None:
    status, body = running_system.request("POST", "/users/create")
    user = body["user_id"]
    assert (status, body) == (201, {"user_id": user})
    added = running_system.request("POST", f"/users/credit/add/{user}/5")
    assert added == (200, {"result": "success", "user_id": user, "credit": 5})
    assert running_system.request("GET", f"/users/find/{user}") == (200, {"user_id": user, "credit": 5})


def test_every_component_is_listed_and_small(running_system: LiveSystem) -> None:
    parts = running_system.components()[:5]  # the rest are endpoints that other tests have attached
    names = [part["component"] for part in parts]
    assert names == ["kafka", "functions", "flink", "endpoint", "endpoint-worker"]
    assert {part["state"] for part in parts} == {"ready"}
    assert sum(part["rss_mib"] for part in parts) < MAX_RSS_MIB


def test_flinks_page_takes_no_code_and_is_not_readable_by_other_pages(running_system: LiveSystem) -> None:
    web = running_system.addresses["flink"]
    assert exposure.accepted_changes(web) == []
    assert not exposure.readable_from(web, exposure.FOREIGN_ORIGIN)


def test_every_listening_socket_is_expected_and_on_loopback(running_system: LiveSystem) -> None:
    assert exposure.unexpected_sockets(running_system) == []


def test_two_endpoints_see_the_same_users(running_system: LiveSystem) -> None:
    user = running_system.request("POST", "/users/create")[1]["user_id"]
    parts = ("--server", "gunicorn-gthread", "--client", "kafka-python")
    attached = started(running_system.data_dir, ("component", "endpoint", *parts))
    assert attached.request("POST", f"/users/credit/add/{user}/2")[0] == 200
    assert running_system.request("GET", f"/users/find/{user}") == (200, {"user_id": user, "credit": 2})
    assert attached.stop() == 0


@pytest.mark.parametrize("component", ["endpoint-worker", "functions", "flink", "kafka"])
def test_a_killed_part_is_restarted_and_no_answered_update_is_lost(
    running_system: LiveSystem, component: str
) -> None:
    ledger = AdditionLedger(running_system, users=4)
    with ledger.adding():
        ledger.wait_for_answers(10)
        for pid in running_system.pids(component):
            os.kill(pid, signal.SIGKILL)
        ledger.wait_for_answers(10)
    assert ledger.imbalances() == []


@pytest.mark.timeout(240)
def test_a_second_system_comes_back_after_a_kill_with_its_own_users(
    running_system: LiveSystem, tmp_path: Path
) -> None:
    second = start(tmp_path / "data")
    user = second.request("POST", "/users/create")[1]["user_id"]
    second.request("POST", f"/users/credit/add/{user}/7")
    assert running_system.request("GET", "/readyz")[0] == 200
    pids = second.all_pids()
    second.kill()
    eventually(lambda: all(map(is_gone, pids)), within_s=10)

    again = start(tmp_path / "data")
    pids = again.all_pids()
    assert again.request("GET", f"/users/find/{user}") == (200, {"user_id": user, "credit": 7})
    assert again.request("POST", "/users/create")[1]["user_id"] != user
    assert again.stop() == 0
    assert all(map(is_gone, pids))


def test_a_failed_start_leaves_no_process(tmp_path: Path) -> None:
    data_dir = str(tmp_path / "data")
    up = run("up", "--functions", "nonsense:app", "--ports", "auto", "--data-dir", data_dir)
    assert up.returncode == 3
    line = up.stderr.splitlines()[-1]
    assert line.startswith("error: functions ended with exit code ")
    assert line.endswith(f" before it was ready; its log is {data_dir}/logs/functions.log")
    assert [process.pid for process in psutil.process_iter() if data_dir in command_line(process)] == []


def command_line(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def test_the_system_without_an_endpoint_is_ready_once_a_request_was_answered(tmp_path: Path) -> None:
    up = run("up", "--without-endpoint", "--ports", "auto", "--detach", "--data-dir", str(tmp_path / "data"))
    down = run("down", "--data-dir", str(tmp_path / "data"))
    assert (up.returncode, down.stdout) == (0, "stopped\n"), up.stderr
    assert [part.split("=")[0] for part in up.stdout.split()] == ["ready", "flink", "kafka"]
