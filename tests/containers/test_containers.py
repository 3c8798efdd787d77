"""docker-compose.yml, built and run: health, contract, rescaling, kills, Locust, and at last the stop."""

import json
import os
import subprocess
import sys
import urllib.parse
import urllib.request
from typing import Any

import pytest

from tests.containers.deployment import BACK_WITHIN_S, INITIAL_SCALE, KILLED, SERVICES, Deployment
from tests.containers.engine import ROOT
from tests.live_system import eventually
from tests.system.faults.callers import Load, imbalances, load_on

pytestmark = [pytest.mark.containers, pytest.mark.timeout(1800)]

ANSWERS = 30
CONTRACT_TAKES_S = 600
FORM = {"user_count": 4, "spawn_rate": 100, "host": "http://proxy:5000", "warm_up": 1, "window": 5}


@pytest.mark.parametrize("service", SERVICES)
def test_every_container_is_healthy_and_does_not_run_as_root(deployment: Deployment, service: str) -> None:
    for container in deployment.containers(service):
        eventually(lambda: deployment.is_healthy(container), BACK_WITHIN_S)  # noqa: B023  # It is called at once.
        assert deployment.engine.run("exec", container, "id", "-u").strip() != "0"


def test_the_contract_holds_behind_the_published_port(deployment: Deployment) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "tests/system/contract"]
    environment = {**os.environ, "CONTRACT_URL": f"http://{deployment.endpoint}"}
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        timeout=CONTRACT_TAKES_S,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]


def test_taskmanagers_come_and_go_under_load_and_no_update_is_lost_or_doubled(deployment: Deployment) -> None:
    with load_on(deployment.endpoint, adders=4, creators=2) as load:
        with load.calling():
            load.wait_for_answers(ANSWERS)
            deployment.scale_out("taskmanager", 2)
            eventually(lambda: deployment.parallelism() == 2, BACK_WITHIN_S)
            load.wait_for_answers(ANSWERS)
            report("1 -> 2 TaskManagers", load)
            deployment.stop(deployment.containers("taskmanager")[-1])
            eventually(lambda: deployment.parallelism() == 1, BACK_WITHIN_S)
            load.wait_for_answers(ANSWERS)
            report("1 -> 2 -> 1 TaskManagers", load)
        assert imbalances(load) == []


def test_a_killed_jobmanager_resumes_the_job_and_no_update_is_lost_or_doubled(
    deployment: Deployment,
) -> None:
    with load_on(deployment.endpoint, adders=4, creators=2) as load:
        with load.calling():
            load.wait_for_answers(ANSWERS)
            before = deployment.jobs()
            deployment.kill(deployment.containers("jobmanager")[0])
            eventually(lambda: deployment.jobs() - before and deployment.parallelism(), BACK_WITHIN_S)
            load.wait_for_answers(ANSWERS)
            report("jobmanager killed", load)
        assert imbalances(load) == []


@pytest.mark.parametrize("service", ["taskmanager", "endpoint", "functions", "kafka"])
def test_a_killed_container_comes_back_and_no_update_is_lost_or_doubled(
    deployment: Deployment, service: str
) -> None:
    with load_on(deployment.endpoint, adders=4, creators=2) as load:
        with load.calling():
            load.wait_for_answers(ANSWERS)
            deployment.kill(deployment.containers(service)[0])
            load.wait_for_answers(ANSWERS)
            report(f"{service} killed", load)
        assert imbalances(load) == []


def test_a_run_started_on_locusts_page_is_made_by_its_workers_and_the_ledger_balances(
    deployment: Deployment,
) -> None:
    eventually(lambda: len(stats(deployment)["workers"]) == INITIAL_SCALE["locust-worker"], BACK_WITHIN_S)
    form = urllib.parse.urlencode(FORM).encode()
    with urllib.request.urlopen(f"http://{deployment.locust}/swarm", form, timeout=30) as answer:
        assert json.load(answer)["success"]
    facts = eventually(lambda: found if "updates" in (found := ledger(deployment)) else {}, BACK_WITHIN_S)
    assert facts["verdict"] == "valid", facts
    assert int(facts["updates"]) > 0


# The last test, since it stops what the others need.
@pytest.mark.parametrize("service", [*reversed(SERVICES)])
def test_a_container_stops_by_itself_within_ten_seconds(deployment: Deployment, service: str) -> None:
    assert deployment.stop(deployment.containers(service)[-1]) != KILLED


def report(event: str, load: Load) -> None:
    """Print the longest time without an answer."""
    print(
        f"\n{event}: silence {load.longest_silence_s():.1f} s, {load.repeats()} repeats", end="", flush=True
    )


def stats(deployment: Deployment) -> Any:
    with urllib.request.urlopen(f"http://{deployment.locust}/stats/requests", timeout=30) as answer:
        return json.load(answer)


def ledger(deployment: Deployment) -> dict[str, str]:
    tables = {table["key"]: table["data"] for table in stats(deployment).get("extended_stats", [])}
    return {row["fact"]: row["value"] for row in tables.get("ledger", [])}
