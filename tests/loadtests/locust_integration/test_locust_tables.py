"""Locust's own tables, on its page and in its CSV files, beside the samples of the same load."""

import csv
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
from numpy.typing import NDArray

from loadtests.generator.settings import LoadSettings
from loadtests.locust_integration.process import page_command
from loadtests.measurement.output import read, worker_folder
from tests.loadtests.conftest import ServiceStarter

HELD_S = 0.3
AFTER_REPORTS_S = 8
"""Workers tell of their first requests after 3 s: a load that is to be held then lasts longer."""
BOUND_S = 40.0
NS_PER_MS = 1_000_000
PERCENTS = (50, 66, 75, 80, 90, 95, 98, 99, 99.9, 99.99, 100)
"""The columns of percentiles in Locust's CSV files."""
OF_THE_PAGE = {
    "median_response_time": 50,
    "response_time_percentile_0.95": 95,
    "response_time_percentile_0.99": 99,
}


@pytest.mark.parametrize("workers", [1, 2], ids=["one process", "two workers"])
def test_locusts_tables_count_from_the_intended_start_at_full_precision(
    workers: int, service: ServiceStarter, tmp_path: Path
) -> None:
    with page(service(), workers, tmp_path) as (process, url):
        within_bound("a request in the table", lambda: of_all(url)["num_requests"] > 0)
        hold(process)
        samples = wait_for_samples(tmp_path, workers)
        within_bound("all requests in the table", lambda: of_all(url)["num_requests"] == len(samples))
        shown, downloaded = (
            of_all(url),
            of_all_in_csv(requests.get(f"{url}/stats/requests/csv", timeout=5).text),
        )
    saved = of_all_in_csv((tmp_path / "table_stats.csv").read_text())

    response_ms = np.sort((samples["ended_ns"] - samples["intended_ns"]) / NS_PER_MS)
    lag_ms = (samples["sent_ns"] - samples["intended_ns"]) / NS_PER_MS
    assert lag_ms.max() > HELD_S * 1_000 / 2, "what was due meanwhile was sent late"
    for key, percent in OF_THE_PAGE.items():
        assert shown[key] == kept(response_ms, percent)
    assert shown["min_response_time"] == round(response_ms[0], 2)
    assert shown["max_response_time"] == round(response_ms[-1], 2)
    assert shown["avg_response_time"] == pytest.approx(response_ms.mean())
    for table in (downloaded, saved):
        assert [float(table[f"{percent}%"]) for percent in PERCENTS] == [
            kept(response_ms, percent) for percent in PERCENTS
        ]
        assert float(table["Max Response Time"]) == response_ms[-1]
        assert float(table["Average Response Time"]) == pytest.approx(response_ms.mean())


def kept(response_ms: NDArray[np.float64], percent: float) -> float:
    """Give the percentile as Locust ranks it, to 0.01 ms below 100 ms and to 0.1 ms above."""
    at = min(int(len(response_ms) * (percent / 100)), len(response_ms) - 1)
    return float(round(response_ms[at], 2 if response_ms[at] < 100 else 1))


@contextmanager
def page(host: str, workers: int, out: Path) -> Iterator[tuple["subprocess.Popen[bytes]", str]]:
    """Open Locust's page with a load that starts by itself; give the process, and the page's address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = LoadSettings(
        scenario="find",
        load="open",
        rate=200,
        users=workers,
        population=1,
        warm_up=0,
        window=3 if workers == 1 else AFTER_REPORTS_S,
        out=str(out),
    )
    started = ("--autostart", "--csv", str(out / "table"))
    process = subprocess.Popen(
        [*page_command(settings, host, workers, port), *started], start_new_session=True
    )
    try:
        yield process, f"http://127.0.0.1:{port}"
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)


def hold(process: "subprocess.Popen[bytes]") -> None:
    """Stop the generator, its workers too, for as long as it has to be late."""
    os.killpg(process.pid, signal.SIGSTOP)
    time.sleep(HELD_S)
    os.killpg(process.pid, signal.SIGCONT)


def wait_for_samples(out: Path, workers: int) -> NDArray[np.void]:
    """Give the samples of the whole load, once it has ended."""
    folders = [out] if workers == 1 else [worker_folder(out, index) for index in range(workers)]
    within_bound("the load's end", lambda: all((folder / "ledger.json").exists() for folder in folders))
    return np.concatenate([read(folder).samples for folder in folders])


def of_all(url: str) -> dict[str, Any]:
    """Give the page's row of all requests; one without any while there is no page."""
    try:
        rows: list[dict[str, Any]] = requests.get(f"{url}/stats/requests", timeout=5).json()["stats"]
    except requests.RequestException:
        return {"num_requests": 0}
    return next((row for row in rows if row["name"] == "Aggregated"), {"num_requests": 0})


def of_all_in_csv(text: str) -> dict[str, str]:
    """Give the row of all requests in a CSV file."""
    return next(row for row in csv.DictReader(text.splitlines()) if row["Name"] == "Aggregated")


def within_bound(what: str, holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + BOUND_S
    while not holds():
        assert time.monotonic() < deadline, f"{what} did not come within {BOUND_S:g} s"
        time.sleep(0.05)
