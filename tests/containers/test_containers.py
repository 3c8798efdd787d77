"""docker-compose.yml, built and run: what it promises, under load, through rescales and kills."""

import os
import subprocess
import sys

import pytest

from tests.containers.deployment import BACK_WITHIN_S, SERVICES, Deployment
from tests.containers.engine import ROOT
from tests.live_system import eventually
from tests.system.faults.callers import Load, imbalances, load_on

pytestmark = [pytest.mark.containers, pytest.mark.timeout(1800)]

ANSWERS = 30
CONTRACT_TAKES_S = 600


@pytest.mark.parametrize("service", SERVICES)
def test_every_container_is_healthy_and_nobody_is_root(deployment: Deployment, service: str) -> None:
    for container in deployment.containers(service):
        eventually(lambda: deployment.is_healthy(container), BACK_WITHIN_S)  # noqa: B023  # it is called at once
        assert deployment.engine.run("exec", container, "id", "-u").strip() != "0"


def test_the_contract_holds_behind_the_published_port(deployment: Deployment) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "tests/system/contract"]
    told = {**os.environ, "CONTRACT_URL": f"http://{deployment.endpoint}"}
    done = subprocess.run(
        command, cwd=ROOT, env=told, timeout=CONTRACT_TAKES_S, capture_output=True, text=True, check=False
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


def test_a_jobmanager_that_is_killed_resumes_the_job_and_no_update_is_lost_or_doubled(
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
def test_a_container_that_is_killed_comes_back_and_no_update_is_lost_or_doubled(
    deployment: Deployment, service: str
) -> None:
    with load_on(deployment.endpoint, adders=4, creators=2) as load:
        with load.calling():
            load.wait_for_answers(ANSWERS)
            deployment.kill(deployment.containers(service)[0])
            load.wait_for_answers(ANSWERS)
            report(f"{service} killed", load)
        assert imbalances(load) == []


def report(what: str, load: Load) -> None:
    """Print how long nobody was answered."""
    print(f"\n{what}: silence {load.longest_silence_s():.1f} s, {load.repeats()} repeats", end="", flush=True)
