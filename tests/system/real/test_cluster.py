"""Flink cluster with JobManager and TaskManagers as separate processes, on real Kafka."""

import os
import signal
from collections.abc import Iterator

import pytest

from tests.live_system import LiveSystem, eventually, is_gone, start, started
from tests.system.real import exposure
from tests.system.real.ledger import AdditionLedger

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSystem]:
    system = start(tmp_path_factory.mktemp("cluster") / "data", "--runtime", "cluster")
    yield system
    pids = system.all_pids()
    system.stop()
    assert all(map(is_gone, pids))


def test_a_user_is_created_found_and_credited(cluster: LiveSystem) -> None:
    user = cluster.request("POST", "/users/create")[1]["user_id"]
    assert cluster.request("POST", f"/users/credit/add/{user}/5")[0] == 200
    assert cluster.request("GET", f"/users/find/{user}") == (200, {"user_id": user, "credit": 5})


def test_status_lists_jobmanager_and_taskmanager_separately(cluster: LiveSystem) -> None:
    names = [part["component"] for part in cluster.components()]
    assert names == [
        "kafka",
        "functions",
        "flink-jobmanager",
        "flink-taskmanager",
        "endpoint",
        "endpoint-worker",
    ]


def test_flinks_page_takes_no_code_and_is_not_readable_by_other_pages(cluster: LiveSystem) -> None:
    web = cluster.addresses["flink"]
    assert exposure.accepted_changes(web) == []
    assert not exposure.readable_from(web, exposure.FOREIGN_ORIGIN)


def test_every_listening_socket_is_expected_and_on_loopback(cluster: LiveSystem) -> None:
    assert exposure.unexpected_sockets(cluster) == []


@pytest.mark.parametrize("component", ["flink-taskmanager", "flink-jobmanager"])
def test_a_killed_part_is_restarted_and_no_answered_update_is_lost(
    cluster: LiveSystem, component: str
) -> None:
    ledger = AdditionLedger(cluster, users=4)
    with ledger.adding():
        ledger.wait_for_answers(10)
        restarts = restarts_of(cluster, component)
        for pid in cluster.pids(component):
            os.kill(pid, signal.SIGKILL)
        eventually(lambda: restarts_of(cluster, component) > restarts)
        ledger.wait_for_answers(10)
    assert ledger.imbalances() == []


def restarts_of(system: LiveSystem, component: str) -> int:
    return sum(part["restarts"] for part in system.components() if part["component"] == component)


def test_the_job_uses_a_second_taskmanager_and_continues_without_it(cluster: LiveSystem) -> None:
    ledger = AdditionLedger(cluster, users=4)
    with ledger.adding():
        ledger.wait_for_answers(10)
        second = started(cluster.data_dir, ("component", "taskmanager"))
        eventually(lambda: parallelism(cluster) == 2)
        ledger.wait_for_answers(10)
        assert second.stop() == 0
        eventually(lambda: parallelism(cluster) == 1)
        ledger.wait_for_answers(10)
    assert ledger.imbalances() == []


def parallelism(system: LiveSystem) -> int:
    """Return the highest parallelism of the running job."""
    flink = LiveSystem(system.process, system.data_dir, {"endpoint": system.addresses["flink"]})
    jobs = [job["id"] for job in flink.request("GET", "/jobs")[1]["jobs"] if job["status"] == "RUNNING"]
    vertices = [vertex for job in jobs for vertex in flink.request("GET", f"/jobs/{job}")[1]["vertices"]]
    running = [vertex["parallelism"] for vertex in vertices if vertex["status"] == "RUNNING"]
    return max(running, default=0)
