"""The page of a run of two versions, and its summary for a pull request."""

from pathlib import Path

import pytest

from benchmarks.results.store.files import read_run, read_trials, write_run
from benchmarks.results.store.schema import Against
from benchmarks.results.store.trial_schema import MachineSpeed
from reports import commands
from reports.against import version_section
from reports.index import index_page
from reports.render import open_report, write_report
from tests.reports import made_up_run
from tests.reports.html_page import HtmlPage

CELL = "granian x confluent-kafka"
COMMIT = "abc1234" + "0" * 33
OTHER = f"{CELL} (at abc1234)"


def two_versions(folder: Path, ours: float) -> Path:
    """A run in which the other version answers 400 requests/s, and the working tree *ours*."""
    made_up_run.write(folder, {CELL: ours, OTHER: 400.0, f"{CELL} (A/A)": ours}, blocks=5)
    run = read_run(folder)
    cells = [
        run.cells[0],
        run.cells[0].model_copy(update={"name": OTHER, "version": COMMIT}),
        run.cells[2].model_copy(update={"own_runtime": True}),
    ]
    against = Against(ref="HEAD~1", commit=COMMIT, subject="endpoint: <b>fewer</b> locks", own_packages=True)
    write_run(folder, run.model_copy(update={"cells": cells, "against": against}))
    return folder


@pytest.fixture(scope="module")
def lost(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = two_versions(tmp_path_factory.mktemp("lost") / "run", 300.0)
    write_report(open_report(folder), folder)
    return folder


def test_the_page_is_headed_by_the_verdict_on_the_change(lost: Path) -> None:
    page = HtmlPage((lost / "report.html").read_text())
    assert "Slower in throughput of granian x confluent-kafka (0.7" in page.text
    assert "Against abc1234" in page.text
    assert "worse by more than the smallest difference that matters" in page.text
    assert "has the highest throughput" not in page.text
    assert "against.md" in page.links


def test_the_summary_begins_with_the_verdict_and_has_a_row_per_metric(lost: Path) -> None:
    summary = (lost / "against.md").read_text()
    assert summary.startswith("**Slower in throughput of granian x confluent-kafka (0.7")
    assert "| slower | granian x confluent-kafka | throughput, requests/s |" in summary
    assert summary.count("| granian x confluent-kafka |") == 6
    assert f"* abc1234: commit {COMMIT} (HEAD~1: endpoint: &lt;b>fewer&lt;/b> locks)" in summary
    assert "* working tree: commit 0123456789abcdef" in summary
    assert f"python -m benchmarks run quick --against {COMMIT}" in summary


def test_the_summary_names_the_machines_speed(tmp_path: Path) -> None:
    folder = two_versions(tmp_path, 300.0)
    speed = MachineSpeed(one_core=0.5, two_cores=0.5, wake_up_us=20)
    trials = [
        one.model_copy(update={"speed_before": speed, "speed_after": speed}) for one in read_trials(folder)
    ]
    section = version_section(read_run(folder), trials)
    assert section is not None
    assert section.conditions.endswith("this machine ran at 0.50 of the reference machine's speed.")


def test_equal_versions_have_no_winner(tmp_path: Path) -> None:
    folder = two_versions(tmp_path, 400.0)
    section = version_section(read_run(folder), read_trials(folder))
    assert section is not None
    assert section.headline.startswith("No difference from abc1234")


def test_a_run_of_one_version_has_no_summary(tmp_path: Path) -> None:
    folder = made_up_run.write(tmp_path, {CELL: 400.0})
    write_report(open_report(folder), folder)
    assert not (folder / "against.md").exists()
    assert "Against" not in HtmlPage((folder / "report.html").read_text()).text


def test_the_page_over_all_runs_has_the_verdict_too(lost: Path) -> None:
    assert "Slower in throughput" in HtmlPage(index_page(lost.parent)).text


def test_a_trial_of_the_other_version_is_made_by_hand_in_its_worktree(lost: Path) -> None:
    (lines,) = (one.lines for one in commands.repeats(read_run(lost)) if one.cell == OTHER)
    assert lines[0] == f"git worktree add --detach ../at-abc1234 {COMMIT}"
    assert all(line.startswith("(cd ../at-abc1234 && python -m system") for line in lines[1:3])
    assert lines[3].startswith("python -m loadtests run")
