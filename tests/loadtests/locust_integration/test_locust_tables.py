"""Locust's own tables, on its page and in its CSV files, compared with the samples of the same load."""

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
from loadtests.locust_integration.command_line import page_command
from loadtests.measurement.samples import lag_ms, response_ms
from loadtests.output import read, worker_folder
from tests.loadtests.conftest import ServiceStarter

STOPPED_S = 0.3
AFTER_REPORTS_S = 8
"""Workers report their first requests after 3 s: a load that is to be stopped after that lasts longer."""
BOUND_S = 40.0
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
        stop_for_a_moment(process)
        samples = wait_for_samples(tmp_path, workers)
        within_bound("all requests in the table", lambda: of_all(url)["num_requests"] == len(samples))
        shown, downloaded = (
            of_all(url),
            of_all_in_csv(requests.get(f"{url}/stats/requests/csv", timeout=5).text),
        )
    saved = of_all_in_csv((tmp_path / "table_stats.csv").read_text())

    times_ms = np.sort(response_ms(samples))
    assert lag_ms(samples).max() > STOPPED_S * 1_000 / 2, "requests due while it was stopped were sent late"
    for key, percent in OF_THE_PAGE.items():
        assert shown[key] == kept(times_ms, percent)
    assert shown["min_response_time"] == round(times_ms[0], 2)
    assert shown["max_response_time"] == round(times_ms[-1], 2)
    assert shown["avg_response_time"] == pytest.approx(times_ms.mean())
    for table in (downloaded, saved):
        assert [float(table[f"{percent}%"]) for percent in PERCENTS] == [
            kept(times_ms, percent) for percent in PERCENTS
        ]
        assert float(table["Max Response Time"]) == times_ms[-1]
        assert float(table["Average Response Time"]) == pytest.approx(times_ms.mean())


def kept(times_ms: NDArray[np.float64], percent: float) -> float:
    """Return the percentile as Locust ranks it, to 0.01 ms below 100 ms and to 0.1 ms above."""
    at = min(int(len(times_ms) * (percent / 100)), len(times_ms) - 1)
    return float(round(times_ms[at], 2 if times_ms[at] < 100 else 1))


@contextmanager
def page(host: str, workers: int, out: Path) -> Iterator[tuple["subprocess.Popen[bytes]", str]]:
    """Open Locust's page with a load that starts by itself; yield the process, and the page's address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = LoadSettings(
        scenario="find",
        load="open",
        rate_per_s=200,
        users=workers,
        population=1,
        warm_up_s=0,
        window_s=3 if workers == 1 else AFTER_REPORTS_S,
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


def stop_for_a_moment(process: "subprocess.Popen[bytes]") -> None:
    """Stop the generator and its workers, so that they send late."""
    os.killpg(process.pid, signal.SIGSTOP)
    time.sleep(STOPPED_S)
    os.killpg(process.pid, signal.SIGCONT)


def wait_for_samples(out: Path, workers: int) -> NDArray[np.void]:
    """Wait for the end of the load; return its samples."""
    folders = [out] if workers == 1 else [worker_folder(out, index) for index in range(workers)]
    within_bound("the load's end", lambda: all((folder / "ledger.json").exists() for folder in folders))
    return np.concatenate([read(folder).samples for folder in folders])


def of_all(url: str) -> dict[str, Any]:
    """Return the page's row of all requests; one with none while there is no page."""
    try:
        rows: list[dict[str, Any]] = requests.get(f"{url}/stats/requests", timeout=5).json()["stats"]
    except requests.RequestException:
        return {"num_requests": 0}
    return next((row for row in rows if row["name"] == "Aggregated"), {"num_requests": 0})


def of_all_in_csv(text: str) -> dict[str, str]:
    """Return the row of all requests in a CSV file."""
    return next(row for row in csv.DictReader(text.splitlines()) if row["Name"] == "Aggregated")


def within_bound(event: str, holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + BOUND_S
    while not holds():
        assert time.monotonic() < deadline, f"{event} did not come within {BOUND_S:g} s"
        time.sleep(0.05)
