"""Real runs in which one cell is broken on purpose."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks.results.judge.analysis import Analysis, analyse
from benchmarks.results.store.files import read_run, read_trials
from tests.benchmarks.doubles import planted_clients
from tests.benchmarks.program import ROOT, only_run
from tests.live_system import LiveSystem

DOUBLES = Path(__file__).parent / "doubles"

PERFORMANCE = """
description = "one good cell, one that is busy for 2 ms a request, one that stalls"
reference = "good"
blocks = 3
warm_up_s = 0.5
window_s = 2.5
runtime_warm_up_s = 1
load = { kind = "closed", users = 32 }

[[cells]]
name = "good"
server = "granian"
client = "confluent-kafka"

[[cells]]
name = "slow"
server = "granian"
client = "planted-slow"

[[cells]]
name = "stalling"
server = "granian"
client = "planted-stalling"
"""

CORRECTNESS = """
description = "a cell whose functions double an update in a hundred"
reference = "doubling"
scenario = "credit"
blocks = 1
warm_up_s = 0.5
window_s = 1.5
runtime_warm_up_s = 0
load = { kind = "closed", users = 16 }

[[cells]]
name = "doubling"
server = "granian"
client = "confluent-kafka"
functions = "tests.doubles.functions_doubling:app"
"""


def made(profile: str, program: Sequence[str], folder: Path, *, code: int) -> Analysis:
    """Run *profile* in *folder* by *program*, which must end with *code*, and return what it found."""
    file, results = folder / "planted.toml", folder / "results"
    file.write_text(profile)
    plugin = planted_clients.install(folder / "plugin")
    done = subprocess.run(
        [sys.executable, *program, "run", str(file), "--results", str(results)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{plugin}"},
        capture_output=True,
        text=True,
        timeout=290,
        check=False,
    )
    assert done.returncode == code, done.stderr
    run = only_run(results)
    return analyse(read_run(run), read_trials(run))


@pytest.mark.real
@pytest.mark.timeout(300)
def test_a_slow_client_and_a_stalling_one_are_found(running_system: LiveSystem, tmp_path: Path) -> None:
    program = [str(DOUBLES / "program.py"), f"shared:{running_system.data_dir}", "--"]
    analysis = made(PERFORMANCE, program, tmp_path, code=0)
    found = {
        (one.cell, one.metric): one.reason
        for one in [*analysis.comparisons, *(one for metric in analysis.others.values() for one in metric)]
        if one.verdict == "slower"
    }
    assert ("slow", "endpoint CPU per request") in found
    assert found.keys() & {("stalling", "throughput"), ("stalling", "response p99")}
    stalling = [trial for trial in read_trials(only_run(tmp_path / "results")) if trial.cell == "stalling"]
    assert all(one.response_ms and one.response_ms.max > 900 * planted_clients.STALL_S for one in stalling)
    assert all(cell.failures == [] for cell in analysis.cells.values())


@pytest.mark.real
@pytest.mark.timeout(300)
def test_a_function_that_doubles_an_update_makes_its_trial_invalid(tmp_path: Path) -> None:
    analysis = made(CORRECTNESS, ["-m", "benchmarks"], tmp_path, code=1)
    (failure,) = analysis.cells["doubling"].failures
    assert "ledger invalid" in failure
    assert ", 0 doubled" not in failure
