import contextlib
import json
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

import psutil
import pytest

from benchmarks.results.judge.analysis import analyse
from benchmarks.results.store.files import append_trial, read_run, read_trials, write_run
from benchmarks.results.store.trial_schema import Trial
from tests.benchmarks.doubles import program
from tests.benchmarks.program import PROFILE, call, command, dependencies, only_run, write_profile


def run_small(tmp_path: Path, *more: str, faults: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    profile = write_profile(tmp_path)
    return call("run", str(profile), "--results", str(tmp_path / "results"), *more, faults=faults)


@dataclass(frozen=True)
class Made:
    """A run that has ended, and its output."""

    done: subprocess.CompletedProcess[str]
    folder: Path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("made")
    return Made(run_small(folder), only_run(folder / "results"))


@pytest.fixture
def finished(made: Made, tmp_path: Path) -> Path:
    """The folder of a run that has ended, which a test may spoil."""
    return Path(shutil.copytree(made.folder, tmp_path / "results" / made.folder.name))


def stored_again(folder: Path, trials: list[Trial]) -> None:
    (folder / "trials.jsonl").unlink()
    for trial in trials:
        append_trial(folder, trial)


def test_a_run_renews_the_page_over_all_runs(made: Made) -> None:
    assert (made.folder.parent / "index.html").exists()


def test_a_run_makes_every_cell_in_every_block_and_says_what_it_found(made: Made) -> None:
    run, trials = read_run(made.folder), read_trials(made.folder)
    assert made.done.returncode == 0, made.done.stderr
    assert [(trial.cell, trial.block) for trial in trials] == [
        (cell, block) for block, row in enumerate(run.order) for cell in row
    ]
    assert all(trial.valid for trial in trials)
    assert f"report: {made.folder / 'report.html'}" in made.done.stdout
    assert "granian x confluent-kafka" in made.done.stdout
    assert (made.folder / "report.html").exists()
    assert run.finished_at is not None


def test_a_trial_holds_what_each_component_used_and_how_the_machine_was(made: Made) -> None:
    (trial, *_) = read_trials(made.folder)
    assert {"endpoint", "kafka", "flink", "functions", "generator"} == trial.usage.keys()
    assert trial.usage["endpoint"].rss_peak_mib > 1
    assert trial.noise is not None
    assert trial.ledger is not None
    assert trial.response_ms is not None
    assert trial.requests is not None
    assert trial.requests.sent == trial.requests.succeeded > 0
    assert trial.steady is True
    assert trial.warm_up_s == pytest.approx(0.1)


def test_a_run_holds_the_settings_in_force_of_every_cells_client(made: Made) -> None:
    run = read_run(made.folder)
    assert {cell: known.client for cell, known in run.settings.items()} == {
        "seed-2020": {"acks": "all"},
        "granian x confluent-kafka": {"acks": "all"},
    }


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
        ("system:--closes=granian", "the server closed the connection, and declares to keep it"),
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


def test_a_component_that_was_started_again_under_load_makes_its_trial_invalid(tmp_path: Path) -> None:
    profile = write_profile(tmp_path, PROFILE.replace("blocks = 2", "blocks = 1\nattempts = 1"))
    arguments = ("run", str(profile), "--results", str(tmp_path / "results"))
    assert call(*arguments, faults=("system:--restarts=flink",)).returncode == 1
    failures = [trial.failure for trial in read_trials(only_run(tmp_path / "results"))]
    assert failures == ["flink was started again 1 time under load"] * 2


def test_a_runtime_that_dies_is_started_again_for_the_next_trial(tmp_path: Path) -> None:
    done = run_small(tmp_path, faults=("system:--runtime-dies-after=1",))
    trials = read_trials(only_run(tmp_path / "results"))
    lost = [trial for trial in trials if not trial.valid]
    assert done.returncode == 0, done.stderr
    assert lost
    assert sum(trial.valid for trial in trials) == 4


def test_a_runtime_that_cannot_start_passes_its_line_and_code_on_and_leaves_no_folder(tmp_path: Path) -> None:
    done = run_small(tmp_path, faults=("system:--up-fails",))
    assert done.returncode == 3
    assert "no usable Java" in done.stderr.splitlines()[-1]
    assert list((tmp_path / "results").iterdir()) == []


QUICKER = PROFILE.replace("window_s = 0.3", "window_s = 0.1")


def test_a_run_killed_at_random_moments_resumes_to_the_same_trials(tmp_path: Path) -> None:
    profile, dice = write_profile(tmp_path, QUICKER), random.Random(7)
    arguments = ["run", str(profile), "--results", str(tmp_path / "results")]
    for _ in range(20):
        kill(forked(arguments), within_s=min(2.0, 0.05 + dice.expovariate(1 / 0.4)))
        if (tmp_path / "results").exists() and "--resume" not in arguments:
            arguments += ["--resume", str(only_run(tmp_path / "results"))]
    done = call(*arguments)
    folder = only_run(tmp_path / "results")
    assert done.returncode == 0, done.stderr
    valid = [one for one in read_trials(folder) if one.failure is None]
    expected = [(cell, block, 1) for block, row in enumerate(read_run(folder).order) for cell in row]
    assert Counter((one.cell, one.block, one.attempt) for one in valid) == Counter(expected)


def forked(arguments: list[str]) -> BaseProcess:
    """Start the program in a fork of this process, which spares it the second of imports."""
    process = multiprocessing.get_context("fork").Process(target=_run_forked, args=(arguments,))
    process.start()
    return process


def _run_forked(arguments: list[str]) -> None:
    os.environ.update(dependencies())
    with Path(os.devnull).open("w") as nowhere:
        sys.stdout = sys.stderr = nowhere
        program.run(["--", *arguments])


def kill(process: BaseProcess, within_s: float) -> None:
    """Kill *process* after *within_s*, and wait until nothing that it started is left."""
    deadline = time.monotonic() + within_s
    started: dict[int, psutil.Process] = {}
    with contextlib.suppress(psutil.NoSuchProcess):
        while process.is_alive() and time.monotonic() < deadline:
            started |= {one.pid: one for one in psutil.Process(process.pid).children(recursive=True)}
            time.sleep(0.02)
    process.kill()
    process.join(30)
    assert_gone(started)


def assert_gone(started: dict[int, psutil.Process]) -> None:
    _, alive = psutil.wait_procs(list(started.values()), timeout=20)
    assert alive == []


def test_an_interrupted_run_says_how_to_go_on_and_leaves_no_process(tmp_path: Path) -> None:
    profile = write_profile(tmp_path, PROFILE.replace("window_s = 0.3", "window_s = 30"))
    arguments = command("run", str(profile), "--results", str(tmp_path / "results"))
    with subprocess.Popen(arguments, env=dependencies(), stderr=subprocess.PIPE, text=True) as running:
        try:
            assert running.stderr is not None
            assert any("block 1" in line for line in running.stderr)
            started = {one.pid: one for one in psutil.Process(running.pid).children(recursive=True)}
            running.send_signal(signal.SIGINT)
            _, stderr = running.communicate(timeout=30)
        finally:
            running.kill()
    assert_gone(started)
    folder = only_run(tmp_path / "results")
    assert running.returncode == 130
    assert f"RESUME={folder}" in stderr
    assert all((trial.failure or "").startswith("interrupted") for trial in read_trials(folder))


def test_an_interrupted_trial_is_made_again_at_the_same_attempt(finished: Path, tmp_path: Path) -> None:
    first, *others = read_trials(finished)
    interrupted = first.model_copy(update={"valid": False, "failure": "interrupted; ..."})
    stored_again(finished, [interrupted, *others])
    done = run_small(tmp_path, "--resume", str(finished))
    assert done.returncode == 0, done.stderr
    again = read_trials(finished)[-1]
    assert (again.cell, again.block, again.attempt) == (first.cell, first.block, first.attempt)


@pytest.mark.parametrize(
    ("flag", "message"), [(("--blocks", "3"), "blocks was 2"), (("--window", "0.4"), "window_s was 0.3")]
)
def test_a_run_is_not_resumed_under_other_settings(
    finished: Path, tmp_path: Path, flag: tuple[str, str], message: str
) -> None:
    done = run_small(tmp_path, "--resume", str(finished), *flag)
    assert done.returncode == 2
    assert message in done.stderr
    assert "start a new run" in done.stderr


@pytest.mark.parametrize("name", ["validate", "report"])
def test_a_run_of_another_schema_is_refused_in_one_line(finished: Path, name: str) -> None:
    document = json.loads((finished / "run.json").read_text()) | {"schema_version": 99}
    (finished / "run.json").write_text(json.dumps(document))
    done = call(name, str(finished))
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "schema version 99" in done.stderr


def test_validate_finds_a_figure_that_its_samples_do_not_give(finished: Path) -> None:
    assert call("validate", str(finished)).returncode == 0
    first, *others = read_trials(finished)
    stored_again(finished, [first.model_copy(update={"throughput_per_s": 9e9}), *others])
    done = call("validate", str(finished))
    assert done.returncode == 1
    assert "throughput_per_s" in done.stdout


def test_compare_refuses_unlike_machines_unless_told(made: Made, tmp_path: Path) -> None:
    run = read_run(made.folder)
    larger = run.environment.model_copy(update={"cores": 64})
    write_run(tmp_path, run.model_copy(update={"environment": larger}))
    shutil.copy(made.folder / "trials.jsonl", tmp_path)
    refused = call("compare", str(made.folder), str(tmp_path))
    compared = call("compare", str(made.folder), str(tmp_path), "--unlike")
    assert refused.returncode == 2
    assert "cores was 2 and is 64" in refused.stderr
    assert compared.returncode == 0
    assert compared.stdout.startswith("Blocks of different runs are no replicates")
    assert "The machine ran at 0.45 and 0.45 of the reference machine's speed." in compared.stdout
    assert "granian x confluent-kafka: throughput: " in compared.stdout


def test_compare_ends_with_1_where_something_is_slower(finished: Path, tmp_path: Path) -> None:
    before = Path(shutil.copytree(finished, tmp_path / "before"))
    trials = read_trials(finished)
    for folder, per_s in ((before, 1_000.0), (finished, 500.0)):
        stored_again(folder, [one.model_copy(update={"throughput_per_s": per_s}) for one in trials])
    done = call("compare", str(before), str(finished))
    assert done.returncode == 1
    assert "granian x confluent-kafka: throughput: slower; 0.500 times" in done.stdout


def test_compare_refuses_a_run_whose_ledger_does_not_balance(finished: Path, made: Made) -> None:
    first, *others = read_trials(finished)
    assert first.ledger is not None
    ledger = first.ledger.model_copy(update={"verdict": "invalid"})
    spoilt = first.model_copy(update={"ledger": ledger, "valid": False, "failure": "ledger invalid"})
    stored_again(finished, [spoilt, *others])
    done = call("compare", str(made.folder), str(finished))
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: the ledger of {first.cell} does not balance in block 1 of ")


def test_no_process_of_ours_is_left(made: Made) -> None:
    place = str(made.folder.parent)
    lines = {process.pid: str(process.info["cmdline"]) for process in psutil.process_iter(["cmdline"])}
    assert [pid for pid, line in lines.items() if place in line and pid != os.getpid()] == []
