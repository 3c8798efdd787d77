"""Real runs in which one cell's functions are broken on purpose."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.results.analysis import analyse
from benchmarks.results.store import read_run, read_trials
from tests.benchmarks.program import ROOT, only_run

PROFILE = """
description = "one good cell, one that doubles an update in a hundred, one that is busy for 2 ms a request"
reference = "good"
blocks = 4
warm_up_s = 2
window_s = 3
runtime_warm_up_s = 5
load = { kind = "closed", users = 32 }

[[cells]]
name = "good"
server = "granian"
client = "confluent-kafka"

[[cells]]
name = "doubling"
server = "granian"
client = "confluent-kafka"
functions = "tests.doubles.functions_doubling:app"

[[cells]]
name = "slow"
server = "granian"
client = "confluent-kafka"
functions = "tests.benchmarks.doubles.functions_busy:app"
"""


@pytest.mark.real
@pytest.mark.timeout(600)
def test_a_doubled_update_makes_trials_invalid_and_a_slow_function_is_found(tmp_path: Path) -> None:
    profile = tmp_path / "planted.toml"
    profile.write_text(PROFILE)
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "run", str(profile), "--results", str(tmp_path / "results")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=580,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    folder = only_run(tmp_path / "results")
    analysis = analyse(read_run(folder), read_trials(folder))
    doubling, slow = analysis.verdict("doubling"), analysis.verdict("slow")
    assert doubling is not None
    assert slow is not None
    assert doubling.verdict == "invalid"
    assert "ledger" in doubling.reason
    assert slow.verdict == "slower"
    assert analysis.cells["good"].failures == []
