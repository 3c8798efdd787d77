"""Whole runs that add blocks until they are decided, on the doubles."""

from pathlib import Path

import pytest

from benchmarks.results.store.files import read_run, read_trials
from tests.benchmarks.program import PROFILE, call, only_run, write_profile

UNTIL_DECIDED = PROFILE.replace(
    "blocks = 2", 'blocks = "until-decided"\nblocks_at_most = 6\nbudget_s = BUDGET'
).replace("window_s = 0.3", "window_s = 0.1")


@pytest.mark.parametrize(("budget_s", "ended", "blocks"), [(600, "decided", 3), (0.1, "budget", 1)])
def test_a_run_adds_blocks_until_it_is_decided_or_its_time_is_over(
    tmp_path: Path, budget_s: float, ended: str, blocks: int
) -> None:
    profile = write_profile(tmp_path, UNTIL_DECIDED.replace("BUDGET", str(budget_s)))
    done = call("run", str(profile), "--results", str(tmp_path / "results"))
    assert done.returncode == 0, done.stderr
    folder = only_run(tmp_path / "results")
    run, trials = read_run(folder), read_trials(folder)
    assert (run.ended, run.blocks, len(run.order)) == (ended, 6, 6)
    assert [(one.cell, one.block) for one in trials] == [
        (cell, block) for block, row in enumerate(run.order[:blocks]) for cell in row
    ]
    assert 0.1 * len(trials) < run.measured_s < 100
    again = call("run", str(profile), "--results", str(tmp_path / "results"), "--resume", str(folder))
    assert again.returncode == 0, again.stderr
    assert read_trials(folder) == trials
