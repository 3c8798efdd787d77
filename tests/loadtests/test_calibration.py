import http.client
import json
import math
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import psutil
import pytest

from loadtests.calibration import Calibration, figures_of, null_server, table
from loadtests.ledger.judge import judge
from loadtests.measurement.units import NS_PER_MS
from loadtests.output import LoadOutput, LoadRecord
from tests.loadtests.rows import row, samples

FINE = judge(samples(), {1: 10}, {1: 10}, expected_reads=1)
LOAD = LoadRecord(
    scenario="find", load="open", seed=1, users=1, rate=10, t0_ns=0, window_start_ns=1_000 * NS_PER_MS,
    window_end_ns=2_000 * NS_PER_MS, planned=None, recorded=0, unfinished=0, cut=False, cpu_s=0.002,
    lag_ms_p99=0,
)  # fmt: skip
CLOSED = replace(LOAD, load="closed", users=64, rate=None, cpu_s=0.8)


def output(load: LoadRecord, lags_ms: list[float], status: int = 200) -> LoadOutput:
    """Return a load of requests in the window with these lags, and two outside it with greater ones."""
    due = [1_000 + 10 * number for number in range(len(lags_ms))]
    rows = [
        row(number, "find", due=at, sent=at + lag, ended=at + lag + 1, status=status)
        for number, (at, lag) in enumerate(zip(due, lags_ms, strict=True))
    ]
    outside = [row(-1, "find", due=999, sent=1_999, ended=2_500), row(-2, "find", due=2_000, sent=3_000)]
    return LoadOutput(samples(*rows, *outside), load, FINE, [])


def test_the_figures_are_those_of_the_requests_due_in_the_window() -> None:
    figures = figures_of(output(LOAD, [1, 2, 3, 4, 5, 6, 7, 8]), output(CLOSED, [0] * 50))
    assert figures.cpu_us_per_request == pytest.approx(2_000 / 8)
    assert figures.lag_ms_p50 == pytest.approx(4.5)
    assert figures.lag_ms_p99 == pytest.approx(7.93)
    assert figures.ceiling_per_s == 50
    assert figures.ceiling_core_fraction == pytest.approx(0.8)
    assert (figures.rate, figures.users, figures.window_s) == (10, 64, 1)
    assert figures.missed == []


def test_a_request_that_costs_more_than_is_promised_is_reported() -> None:
    assert figures_of(output(LOAD, [0] * 6), output(CLOSED, [0])).missed == [
        "A request cost 333 us of CPU, under 300 are promised."
    ]


def test_what_makes_the_open_loop_invalid_is_a_missed_promise() -> None:
    late = replace(LOAD, invalid=["The generator sent late: lag p99 7.0 ms, at most 5 allowed."])
    assert figures_of(output(late, [7] * 10), output(CLOSED, [0])).missed == late.invalid


def test_the_full_core_of_the_closed_loop_is_no_missed_promise() -> None:
    full = replace(CLOSED, invalid=["The generator used 99% of a core, at most 90% allowed."])
    assert figures_of(output(LOAD, [0] * 10), output(full, [0])).missed == []


def test_answers_that_are_not_correct_are_reported() -> None:
    missed = figures_of(output(LOAD, [0] * 10, status=503), output(CLOSED, [0] * 3, status=0)).missed
    assert missed == ["13 requests had no correct answer."]


def test_an_open_loop_without_a_request_misses_its_promises() -> None:
    figures = figures_of(output(LOAD, []), output(CLOSED, [0]))
    assert math.isnan(figures.cpu_us_per_request)
    assert figures.missed


def test_the_table_has_the_figures_and_their_promises() -> None:
    figures = Calibration(500, 20, 251.4, 0.1, 1.25, 64, 2_345.6, 0.987, missed=["It is late."])
    lines = [" ".join(line.split()) for line in table(figures).splitlines()]
    assert lines == [
        "open loop, 500/s for 20 s",
        "CPU per request 251 us under 300",
        "lag p50 0.10 ms",
        "lag p99 1.25 ms under 5",
        "closed loop, 64 users for 20 s",
        "ceiling 2346 /s",
        "share of a core 99%",
        "promise missed: It is late.",
    ]


def test_the_null_server_answers_requests_that_come_together_or_in_parts() -> None:
    with null_server() as host:
        address = host.removeprefix("http://")
        connection = http.client.HTTPConnection(address, timeout=10)
        for method, path in (("POST", "/users/create"), ("GET", "/users/find/0")):
            connection.request(method, path)
            answer = connection.getresponse()
            assert (answer.status, json.loads(answer.read())["user_id"]) == (200, "0")
        assert connection.sock is not None, "the connection is kept"
        connection.sock.sendall(b"GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\nGET /c HT")
        connection.sock.sendall(b"TP/1.1\r\n\r\n")
        received = b""
        while received.count(b"HTTP/1.1 200 OK") < 3:
            received += connection.sock.recv(4096)
        connection.close()
    assert received.count(b"HTTP/1.1") == 3


def test_the_null_server_ends_with_the_process_that_started_it() -> None:
    script = (
        "import time; from loadtests.calibration import null_server\n"
        "with null_server() as host: print(host, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        assert parent.stdout.readline().startswith("http://127.0.0.1:")
        (server,) = psutil.Process(parent.pid).children()
        os.kill(parent.pid, signal.SIGKILL)
    server.wait(10)


def calibrate(*options: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "loadtests", "calibrate", *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_calibration_has_finite_figures() -> None:
    process = calibrate("--warm-up", "0.3", "--window", "1", "--json")
    printed, errors = process.communicate(timeout=100)
    figures = json.loads(printed)
    assert process.returncode == (1 if figures["missed"] else 0), errors
    numbers = {name: value for name, value in figures.items() if name != "missed"}
    assert all(math.isfinite(value) and value > 0 for value in numbers.values()), numbers
    assert (figures["rate"], figures["users"], figures["window_s"]) == (500, 64, 1)


def test_a_calibration_that_is_cut_short_has_no_figures() -> None:
    process = calibrate("--window", "60")
    wait_for_load(process.pid)
    process.terminate()
    printed, errors = process.communicate(timeout=60)
    assert (process.returncode, printed) == (3, "")
    assert errors.splitlines()[-1] == "No calibration: the open loop was cut short"


def wait_for_load(pid: int) -> None:
    """Wait until a child of *pid* is connected to another."""
    deadline = time.monotonic() + 30
    while not any(
        connection.status == psutil.CONN_ESTABLISHED
        for child in psutil.Process(pid).children()
        for connection in child.net_connections("tcp")
    ):
        assert time.monotonic() < deadline, "no load started within 30 s"
        time.sleep(0.05)


def test_wrong_usage_exits_with_2_and_names_what_is_allowed() -> None:
    process = calibrate("--window", "0")
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "--window 0.0 is not allowed; give a number above 0" in errors
