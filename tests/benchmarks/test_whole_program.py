import contextlib
import json
import os
import random
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

import psutil
import pytest

from benchmarks.results.analysis import analyse
from benchmarks.results.schema import Trial
from benchmarks.results.store import append_trial, read_run, read_trials, write_run
from tests.benchmarks.program import PROFILE, call, command, only_run, surroundings, write_profile


def places(trials: list[Trial]) -> Counter[tuple[str, int, int]]:
    return Counter((trial.cell, trial.block, trial.attempt) for trial in trials if trial.failure is None)


def run_small(tmp_path: Path, *more: str, faults: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    profile = write_profile(tmp_path)
    return call("run", str(profile), "--results", str(tmp_path / "results"), *more, faults=faults)


def test_a_run_makes_every_cell_in_every_block_and_says_what_it_found(tmp_path: Path) -> None:
    done = run_small(tmp_path)
    folder = only_run(tmp_path / "results")
    run, trials = read_run(folder), read_trials(folder)
    assert done.returncode == 0, done.stderr
    assert [(trial.cell, trial.block) for trial in trials] == [
        (cell, block) for block, row in enumerate(run.order) for cell in row
    ]
    assert all(trial.valid for trial in trials)
    assert f"report: {folder / 'report.html'}" in done.stdout
    assert "granian x confluent-kafka" in done.stdout
    assert (folder / "report.html").exists()
    assert run.finished_at is not None


def test_a_trial_holds_what_each_component_used_and_how_the_machine_was(tmp_path: Path) -> None:
    run_small(tmp_path)
    (trial, *_) = read_trials(only_run(tmp_path / "results"))
    assert {"endpoint", "kafka", "flink", "functions", "generator"} == trial.usage.keys()
    assert trial.usage["endpoint"].rss_peak_mib > 1
    assert trial.noise is not None
    assert trial.ledger is not None
    assert trial.response_ms is not None
    assert trial.requests is not None
    assert trial.requests.sent == trial.requests.succeeded > 0


def test_a_ledger_that_does_not_balance_is_a_finding_and_not_repeated(tmp_path: Path) -> None:
    done = run_small(tmp_path, faults=("loadtests:--ledger-invalid=granian",))
    folder = only_run(tmp_path / "results")
    mine = [trial for trial in read_trials(folder) if trial.cell.startswith("granian")]
    assert done.returncode == 1
    assert [trial.attempt for trial in mine] == [1, 1]
    assert all("ledger invalid" in (trial.failure or "") for trial in mine)
    verdict = analyse(read_run(folder), read_trials(folder)).verdict("granian x confluent-kafka")
    assert verdict is not None
    assert verdict.verdict == "invalid"


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("system:--deploy-fails=granian", "granian cannot be started"),
        ("loadtests:--fails=granian", "the service does not answer"),
    ],
)
def test_a_failed_trial_is_a_record_tried_three_times_and_ends_no_run(
    tmp_path: Path, fault: str, reason: str
) -> None:
    done = run_small(tmp_path, "--blocks", "1", faults=(fault,))
    trials = read_trials(only_run(tmp_path / "results"))
    mine = [trial for trial in trials if trial.cell.startswith("granian")]
    assert done.returncode == 1
    assert [trial.attempt for trial in mine] == [1, 2, 3]
    assert all(reason in (trial.failure or "") for trial in mine)
    assert [trial.valid for trial in trials if trial.cell == "seed-2020"] == [True]


def test_a_runtime_that_dies_is_started_again_for_the_next_trial(tmp_path: Path) -> None:
    done = run_small(tmp_path, "--blocks", "3", faults=("system:--runtime-dies-after=1",))
    trials = read_trials(only_run(tmp_path / "results"))
    lost = [trial for trial in trials if not trial.valid]
    assert done.returncode == 0, done.stderr
    assert lost
    assert sum(trial.valid for trial in trials) == 6


def test_a_runtime_that_cannot_start_passes_its_line_and_code_on_and_leaves_no_folder(tmp_path: Path) -> None:
    done = run_small(tmp_path, faults=("system:--up-fails",))
    assert done.returncode == 3
    assert "no usable Java" in done.stderr.splitlines()[-1]
    assert list((tmp_path / "results").iterdir()) == []


def test_a_run_killed_at_random_moments_resumes_to_the_same_trials(tmp_path: Path) -> None:
    profile, dice = write_profile(tmp_path), random.Random(7)
    arguments = ["run", str(profile), "--results", str(tmp_path / "results")]
    for _ in range(20):
        kill_after(command(*arguments), dice.uniform(0.5, 4.0), signal.SIGKILL)
        if (tmp_path / "results").exists() and arguments[-2] != "--resume":
            arguments += ["--resume", str(only_run(tmp_path / "results"))]
    done = call(*arguments)
    folder = only_run(tmp_path / "results")
    assert done.returncode == 0, done.stderr
    expected = [(cell, block, 1) for block, row in enumerate(read_run(folder).order) for cell in row]
    assert places(read_trials(folder)) == Counter(expected)


def kill_after(arguments: list[str], seconds: float, how: signal.Signals) -> tuple[int, str]:
    """Signal the program after *seconds*, and wait until nothing that it started is left."""
    process = subprocess.Popen(arguments, env=surroundings(), stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + seconds
    started: dict[int, psutil.Process] = {}
    with contextlib.suppress(psutil.NoSuchProcess):
        while process.poll() is None and time.monotonic() < deadline:
            started |= {one.pid: one for one in psutil.Process(process.pid).children(recursive=True)}
            time.sleep(0.02)
    process.send_signal(how)
    _, told = process.communicate(timeout=30)
    _, alive = psutil.wait_procs(list(started.values()), timeout=20)
    assert alive == []
    return process.returncode, told


def test_an_interrupted_run_says_how_to_go_on_and_leaves_no_process(tmp_path: Path) -> None:
    profile = write_profile(tmp_path, PROFILE.replace("window_s = 0.3", "window_s = 30"))
    code, told = kill_after(
        command("run", str(profile), "--results", str(tmp_path / "results")), 4.0, signal.SIGINT
    )
    folder = only_run(tmp_path / "results")
    assert code == 130
    assert f"RESUME={folder}" in told
    assert all((trial.failure or "").startswith("interrupted") for trial in read_trials(folder))


def test_an_interrupted_trial_is_made_again_at_the_same_attempt(tmp_path: Path) -> None:
    profile = write_profile(tmp_path)
    call("run", str(profile), "--results", str(tmp_path / "results"))
    folder = only_run(tmp_path / "results")
    first, *_ = trials = read_trials(folder)
    (folder / "trials.jsonl").unlink()
    for trial in (first.model_copy(update={"valid": False, "failure": "interrupted; ..."}), *trials[1:]):
        append_trial(folder, trial)
    done = call("run", str(profile), "--resume", str(folder))
    assert done.returncode == 0, done.stderr
    again = read_trials(folder)[-1]
    assert (again.cell, again.block, again.attempt) == (first.cell, first.block, first.attempt)


@pytest.mark.parametrize("change", ["blocks = 3", "window_s = 0.4"])
def test_a_run_is_not_resumed_under_other_settings(tmp_path: Path, change: str) -> None:
    run_small(tmp_path, "--blocks", "2")
    name, value = change.split(" = ")
    flag = {"blocks": "--blocks", "window_s": "--window"}[name]
    done = run_small(tmp_path, "--resume", str(only_run(tmp_path / "results")), flag, value)
    assert done.returncode == 2
    assert f"{name} was" in done.stderr
    assert "start a new run" in done.stderr


def test_a_run_of_another_schema_is_refused_in_one_line(tmp_path: Path) -> None:
    run_small(tmp_path, "--blocks", "1")
    folder = only_run(tmp_path / "results")
    document = json.loads((folder / "run.json").read_text()) | {"schema_version": 99}
    (folder / "run.json").write_text(json.dumps(document))
    for arguments in (["validate", str(folder)], ["report", str(folder)]):
        done = call(*arguments)
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1
        assert "schema version 99" in done.stderr


def test_validate_finds_a_figure_that_its_samples_do_not_give(tmp_path: Path) -> None:
    run_small(tmp_path, "--blocks", "1")
    folder = only_run(tmp_path / "results")
    assert call("validate", str(folder)).returncode == 0
    first, *rest = read_trials(folder)
    (folder / "trials.jsonl").unlink()
    for trial in (first.model_copy(update={"throughput_per_s": 9e9}), *rest):
        append_trial(folder, trial)
    done = call("validate", str(folder))
    assert done.returncode == 1
    assert "throughput_per_s" in done.stdout


def test_compare_refuses_unlike_machines_unless_told(tmp_path: Path) -> None:
    run_small(tmp_path)
    before = only_run(tmp_path / "results")
    after = tmp_path / "after"
    after.mkdir()
    run = read_run(before)
    larger = run.environment.model_copy(update={"cores": 64})
    write_run(after, run.model_copy(update={"environment": larger}))
    (after / "trials.jsonl").write_text((before / "trials.jsonl").read_text())
    refused, told = (
        call("compare", str(before), str(after)),
        call("compare", str(before), str(after), "--unlike"),
    )
    assert refused.returncode == 2
    assert "cores was 2 and is 64" in refused.stderr
    assert told.returncode == 0
    assert "granian x confluent-kafka" in told.stdout


def test_no_process_of_ours_is_left(tmp_path: Path) -> None:
    run_small(tmp_path, "--blocks", "1")
    lines = {process.pid: str(process.info["cmdline"]) for process in psutil.process_iter(["cmdline"])}
    assert [pid for pid, line in lines.items() if str(tmp_path) in line and pid != os.getpid()] == []
