"""The whole system of the 2020 baseline, on a real broker and a real Flink."""

import json
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.real

ROOT = Path(__file__).parents[3]


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "system", "up", "--baseline", "seed_2020", "--ports", "auto"]
    with (
        (tmp_path / "log").open("wb") as log,
        subprocess.Popen(
            [*command, "--data-dir", str(tmp_path / "data")], cwd=ROOT, stdout=subprocess.PIPE, stderr=log
        ) as up,
    ):
        try:
            assert up.stdout is not None
            ready = up.stdout.readline().decode()
            assert ready.startswith("ready "), (tmp_path / "log").read_text()
            yield dict(part.split("=", 1) for part in ready.split()[1:])["endpoint"]
        finally:
            up.send_signal(signal.SIGTERM)


def answer_of(method: str, url: str) -> Any:
    with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=30) as response:
        return json.load(response)


def test_every_worker_gets_the_replies_to_its_own_requests(endpoint: str) -> None:
    user = answer_of("POST", f"{endpoint}/users/create")["user_id"]
    with ThreadPoolExecutor(8) as pool:
        added = pool.map(lambda _: answer_of("POST", f"{endpoint}/users/credit/add/{user}/1"), range(32))
        assert sorted(each["credit"] for each in added) == list(range(1, 33))
    assert answer_of("GET", f"{endpoint}/users/find/{user}") == {"user_id": user, "credit": 32}
