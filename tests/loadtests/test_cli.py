import json
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import requests
from numpy.typing import NDArray

from loadtests.ledger.credits import judge_credits, parse_credits
from loadtests.measurement.samples import ROUTES, SAMPLE
from loadtests.measurement.units import NS_PER_MS, NS_PER_S
from loadtests.measurement.window import summarise
from loadtests.scenarios.catalogue import scenarios
from tests.loadtests.conftest import ServiceStarter


class Outcome:
    def __init__(self, out: Path, code: int, printed: str) -> None:
        self.code, self.printed = code, printed
        self.samples: NDArray[np.void] = np.load(out / "samples.npy")
        self.load: dict[str, Any] = json.loads((out / "load.json").read_text())
        self.ledger: dict[str, Any] = json.loads((out / "ledger.json").read_text())
        parts = parse_credits((out / "credits.json").read_text())
        assert asdict(judge_credits(self.samples, parts)) == self.ledger, "the files give the ledger again"


def command(host: str, out: Path, *options: str) -> list[str]:
    brief = ("--population", "20", "--warm-up", "0.3", "--window", "1")
    return [sys.executable, "-m", "loadtests", "run", "--host", host, "--out", str(out), *brief, *options]


def run(*parts: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(parts, check=False, capture_output=True, text=True, timeout=100)


def load(host: str, out: Path, *options: str) -> Outcome:
    done = run(*command(host, out, *options))
    return Outcome(out, done.returncode, done.stdout)


@pytest.mark.parametrize("scenario", scenarios())
def test_every_scenario_balances_on_a_correct_service(
    scenario: str, service: ServiceStarter, tmp_path: Path
) -> None:
    made = load(service(), tmp_path, "--scenario", scenario, "--users", "4")
    assert made.code == 0, made.printed
    assert made.ledger["verdict"] == "valid", made.ledger
    assert made.samples.dtype == SAMPLE
    assert made.load["recorded"] == len(made.samples) > 0
    assert set(made.samples["status"]) <= {200, 201, 400, 404}
    assert made.load["unfinished"] == 0


@pytest.mark.parametrize("kind", [("--users", "16"), ("--rate", "200")])
def test_a_load_that_has_ended_keeps_no_connection_from_its_last_reads(
    kind: tuple[str, ...], service: ServiceStarter, tmp_path: Path
) -> None:
    made = load(service("--connections", "16"), tmp_path, *kind)
    assert made.ledger["verdict"] == "valid"


def test_a_warm_up_goes_on_until_throughput_is_steady_and_no_longer_than_its_bound(
    service: ServiceStarter, tmp_path: Path
) -> None:
    bounds = ("--warm-up", "0.4", "--warm-up-at-most", "2")
    made = load(service(), tmp_path, "--users", "4", *bounds).load
    warm_up_s = (made["window_start_ns"] - made["t0_ns"]) / NS_PER_S
    assert 0.4 <= round(warm_up_s, 3) <= 2.0
    assert made["window_end_ns"] - made["window_start_ns"] == 1_000 * NS_PER_MS
    assert made["steady"] is True or round(warm_up_s, 3) == 2.0


def test_a_fixed_warm_up_is_not_judged(service: ServiceStarter, tmp_path: Path) -> None:
    made = load(service(), tmp_path, "--users", "4").load
    assert made["window_start_ns"] - made["t0_ns"] == 300 * NS_PER_MS
    assert made["steady"] is None


def test_a_closed_loop_sends_when_the_answer_before_has_come(service: ServiceStarter, tmp_path: Path) -> None:
    rows = load(service(), tmp_path, "--users", "1").samples
    assert np.array_equal(rows["intended_ns"], rows["sent_ns"])
    assert np.all(rows["sent_ns"][1:] >= rows["ended_ns"][:-1])
    assert not np.isnan(rows["total_ms"]).any()


def test_two_loads_of_one_seed_make_the_same_requests(service: ServiceStarter, tmp_path: Path) -> None:
    requested = []
    for name in ("one", "two"):
        rows = load(service(), tmp_path / name, "--users", "3", "--seed", "5").samples
        rows = rows[np.argsort(rows["number"])][:100]
        requested.append([(ROUTES[row["route"]], int(row["amount"])) for row in rows])
    assert requested[0] == requested[1]


def test_an_open_loop_sends_all_that_was_planned_through_a_freeze_and_counts_from_the_intended_start(
    service: ServiceStarter, tmp_path: Path
) -> None:
    made = load(service("--freeze", "1", "0.4"), tmp_path, "--rate", "100", "--window", "2")
    assert made.load["planned"] == made.load["recorded"] == len(made.samples)
    shown = summarise(made.samples, made.load["window_start_ns"], made.load["window_end_ns"])
    longest_ms = shown.value("max")
    assert longest_ms is not None
    assert longest_ms > 200
    due = np.sort(made.samples["intended_ns"])
    assert np.diff(due).max() < 200 * NS_PER_MS, "the schedule does not pause with the service"


@pytest.mark.parametrize(
    ("fault", "verdict"), [("--lose", "invalid"), ("--double", "invalid"), ("--error", "valid")]
)
def test_the_ledger_finds_lost_and_doubled_updates_and_allows_unknown_ones(
    fault: str, verdict: str, service: ServiceStarter, tmp_path: Path
) -> None:
    made = load(service(fault, "45"), tmp_path, "--scenario", "credit", "--users", "2")
    assert made.ledger["verdict"] == verdict
    assert (made.ledger["indeterminate"] > 0) == (fault == "--error")
    assert made.code == 0


@pytest.mark.parametrize("scenario", ["find", "checkout"])
def test_the_ledger_finds_replies_that_crossed_where_every_credit_is_the_same(
    scenario: str, service: ServiceStarter, tmp_path: Path
) -> None:
    made = load(service("--cross", "10"), tmp_path, "--scenario", scenario, "--users", "4")
    assert (made.code, made.ledger["verdict"]) == (0, "invalid")
    assert made.ledger["crossed"] > 0
    assert "asked for user" in made.ledger["detail"][0]
    assert (made.ledger["lost"], made.ledger["doubled"]) == (0, 0)


@pytest.mark.parametrize(
    ("fault", "options", "message"),
    [
        (("--blank", "10"), ("--scenario", "find", "--users", "2"), "was answered 200 without a credit."),
        (("--invent", "20"), ("--scenario", "mixed", "--users", "2"), "for a user that was never given out."),
    ],
    ids=["without a credit", "without a user"],
)
def test_the_ledger_finds_answers_that_are_wrong_in_themselves(
    fault: tuple[str, ...], options: tuple[str, ...], message: str, service: ServiceStarter, tmp_path: Path
) -> None:
    made = load(service(*fault), tmp_path, *options)
    assert (made.code, made.ledger["verdict"]) == (0, "invalid")
    assert made.ledger["stale"] > 0
    assert any(sentence.endswith(message) for sentence in made.ledger["detail"]), made.ledger


@pytest.mark.parametrize("loop", [("--users", "4"), ("--rate", "150")])
def test_workers_make_one_load_together(
    loop: tuple[str, str], service: ServiceStarter, tmp_path: Path
) -> None:
    made = load(service(), tmp_path, *loop, "--workers", "2")
    assert made.code == 0, made.printed
    assert made.ledger["verdict"] == "valid"
    assert made.load["recorded"] == len(made.samples) == len(set(made.samples["number"]))
    assert made.load["planned"] in (None, made.load["recorded"])
    assert {part.name for part in tmp_path.glob("worker-*")} == {"worker-0", "worker-1"}


def test_a_service_that_closes_every_connection_is_no_error(service: ServiceStarter, tmp_path: Path) -> None:
    made = load(service("--close"), tmp_path, "--rate", "50", "--slo", "errors<=0%")
    assert made.code == 0, made.printed


def test_a_p99_with_too_few_requests_beyond_it_is_a_dash_and_why(
    service: ServiceStarter, tmp_path: Path
) -> None:
    made = load(service(), tmp_path, "--rate", "50")
    assert "requests lie beyond it, 20 are needed" in made.printed
    assert "lag p99 -\n" in made.printed


def test_a_missed_objective_exits_with_1_and_is_printed(service: ServiceStarter, tmp_path: Path) -> None:
    made = load(service(), tmp_path, "--rate", "20", "--slo", "rate>=200/s")
    assert made.code == 1
    assert "objective missed: rate>=200/s: it was " in made.printed


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_load_that_is_cut_keeps_its_samples_and_loses_no_request(
    number: signal.Signals, service: ServiceStarter, tmp_path: Path
) -> None:
    host = service("--freeze", "1", "0.3")
    cut = subprocess.Popen(
        command(host, tmp_path, "--users", "4", "--window", "60"), stderr=subprocess.PIPE, text=True
    )
    wait_for_answers(host)
    cut.send_signal(number)
    _, printed = cut.communicate(timeout=60)
    made = Outcome(tmp_path, cut.returncode, printed)
    assert made.code == 0
    assert made.load["cut"]
    assert made.ledger["verdict"] == "valid"
    assert set(made.samples["status"]) <= {200, 201, 400, 404}


def wait_for_answers(host: str) -> None:
    """Wait until the load has created users after its set-up; any of them may be removed again."""
    deadline = time.monotonic() + 30
    while not any(requests.get(f"{host}/users/find/{user}", timeout=5).ok for user in range(25, 45)):
        assert time.monotonic() < deadline, "the load made no user within 30 s"
        time.sleep(0.05)


def test_a_load_that_is_cut_before_its_users_are_made_has_an_unknown_verdict(
    service: ServiceStarter, tmp_path: Path
) -> None:
    host = service("--freeze", "3600", "3600")
    cut = subprocess.Popen(command(host, tmp_path), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    wait_for_connection(host)
    cut.send_signal(signal.SIGTERM)
    printed, _ = cut.communicate(timeout=60)
    made = Outcome(tmp_path, cut.returncode, printed)
    assert (made.code, made.load["cut"], made.ledger["verdict"]) == (0, True, "unknown")
    assert len(made.samples) == 0


def wait_for_connection(host: str) -> None:
    """Wait until a client is connected to the service at *host*."""
    port, deadline = int(host.rsplit(":", 1)[1]), time.monotonic() + 30
    while not any(
        connection.laddr[1:] == (port,) and connection.status == psutil.CONN_ESTABLISHED
        for connection in psutil.net_connections("tcp")
    ):
        assert time.monotonic() < deadline, "nobody connected within 30 s"
        time.sleep(0.05)


def test_a_host_that_is_not_the_service_makes_no_load(tmp_path: Path) -> None:
    done = run(*command("http://127.0.0.1:9", tmp_path))
    assert done.returncode == 3
    assert "No load: http://127.0.0.1:9 gave no answer to POST /users/create" in done.stderr
    assert not (tmp_path / "load.json").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--scenario", "mixd"), "mixd"),
        (("--window", "0"), "--window 0.0 is not allowed; give a number above 0"),
        (("--warm-up-at-most", "0.1"), "--warm-up-at-most 0.1 is below --warm-up 0.3; give at least as much"),
        (("--warm-up", "0", "--warm-up-at-most", "1"), "--warm-up 0 cannot be extended"),
        (("--rate", "5", "--warm-up-at-most", "1"), "--warm-up-at-most is for a closed loop"),
        (("--slo", "p99~5ms"), "is not of the form"),
    ],
)
def test_wrong_usage_exits_with_2_and_names_what_is_allowed(
    options: tuple[str, ...], message: str, tmp_path: Path
) -> None:
    done = run(*command("http://127.0.0.1:9", tmp_path, *options))
    assert done.returncode == 2
    assert message in done.stderr
