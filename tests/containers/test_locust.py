"""Locust's master and workers, through the page that the master publishes."""

import json
import urllib.parse
import urllib.request
from typing import Any

import pytest

from tests.containers.deployment import AT_FIRST, BACK_WITHIN_S, Deployment
from tests.live_system import eventually

pytestmark = [pytest.mark.containers, pytest.mark.timeout(1800)]

FORM = {"user_count": 4, "spawn_rate": 100, "host": "http://proxy:5000", "warm_up": 1, "window": 5}


def test_a_run_from_the_page_is_made_by_the_workers_and_its_ledger_balances(deployment: Deployment) -> None:
    eventually(lambda: len(stats(deployment)["workers"]) == AT_FIRST["locust-worker"], BACK_WITHIN_S)
    form = urllib.parse.urlencode(FORM).encode()
    with urllib.request.urlopen(f"http://{deployment.locust}/swarm", form, timeout=30) as answer:
        assert json.load(answer)["success"]
    facts = eventually(lambda: told if "updates" in (told := ledger(deployment)) else {}, BACK_WITHIN_S)
    assert facts["verdict"] == "valid", facts
    assert int(facts["updates"]) > 0


def stats(deployment: Deployment) -> Any:
    with urllib.request.urlopen(f"http://{deployment.locust}/stats/requests", timeout=30) as answer:
        return json.load(answer)


def ledger(deployment: Deployment) -> dict[str, str]:
    tables = {table["key"]: table["data"] for table in stats(deployment).get("extended_stats", [])}
    return {row["fact"]: row["value"] for row in tables.get("ledger", [])}
