"""Two versions of a project in one run."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.against import FOLDER, INSTALLED, other_version
from benchmarks.cli.run import with_other_version
from benchmarks.results.judge.version_comparison import VersionComparison, compare_versions
from benchmarks.results.store.files import read_run, read_trials
from benchmarks.run_context import Dependencies
from benchmarks.run_document import UnfitError
from tests.benchmarks.program import PROFILE, call, only_run, write_profile
from tests.benchmarks.versions import commit, git, repository

CELL = "granian x confluent-kafka"
TWO_VERSIONS = PROFILE.replace("blocks = 2", "blocks = 3").replace("window_s = 0.3", "window_s = 0.1")
WITH_TWIN = f'twin = "{CELL}"\n{TWO_VERSIONS}'


def two_commits(folder: Path) -> Path:
    """A repository of two commits, of which the first one's requests take 2 ms."""
    repository(folder)
    commit(folder, "first", request_ms="2")
    commit(folder, "second, of words only", README="words")
    return folder


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return two_commits(tmp_path / "checkout")


def measured(checkout: Path, *more: str, profile: str = TWO_VERSIONS) -> subprocess.CompletedProcess[str]:
    """Run the small profile in *checkout*."""
    file, results = write_profile(checkout.parent, profile), checkout.parent / "results"
    arguments = ["run", str(file), "--results", str(results), *more]
    return call(*arguments, faults=(f"checkout:{checkout}",), folder=checkout)


@dataclass(frozen=True)
class Lost:
    """A run whose working tree is slower than the other version."""

    checkout: Path
    done: subprocess.CompletedProcess[str]
    folder: Path


@pytest.fixture(scope="module")
def lost(tmp_path_factory: pytest.TempPathFactory) -> Lost:
    checkout = two_commits(tmp_path_factory.mktemp("lost") / "checkout")
    (checkout / "request-ms").write_text("3")
    done = measured(checkout, "--against", "HEAD~1", profile=WITH_TWIN)
    return Lost(checkout, done, only_run(checkout.parent / "results"))


def comparison_of(folder: Path) -> VersionComparison:
    comparison = compare_versions(read_run(folder), read_trials(folder))
    assert comparison is not None
    return comparison


def test_a_slower_working_tree_has_lost_and_the_run_ends_with_1(lost: Lost) -> None:
    (throughput, *_) = comparison_of(lost.folder).changes
    assert lost.done.returncode == 1, lost.done.stderr
    assert throughput.verdict == "slower"
    assert throughput.is_loss
    assert throughput.interval is not None
    assert throughput.interval.ratio == pytest.approx(2 / 3, abs=0.1)
    assert lost.done.stdout.startswith(f"Slower in throughput of {CELL} (0.")
    against = read_run(lost.folder).against
    assert against is not None
    assert (against.ref, against.subject) == ("HEAD~1", "first")


def test_each_cell_but_baselines_is_in_every_block_twice_on_fresh_runtimes(
    lost: Lost,
) -> None:
    run = read_run(lost.folder)
    other = f"{CELL} (at {git(lost.checkout, 'rev-parse', 'HEAD~1')[:7]})"
    assert [sorted(row) for row in run.order] == [sorted([CELL, other, f"{CELL} (A/A)"])] * 3
    assert run.reference == other
    assert [one.cell for one in run.left_out] == ["seed-2020"]
    assert lost.done.stderr.count("starting Kafka, Flink and the functions: current, current-") == 3
    assert not (lost.folder / "runtime").exists()


def test_a_run_against_a_version_is_resumed_against_it(lost: Lost) -> None:
    trials = (lost.folder / "trials.jsonl").read_text().splitlines(keepends=True)
    (lost.folder / "trials.jsonl").write_text("".join(trials[:8]))
    done = measured(lost.checkout, "--resume", str(lost.folder), profile=WITH_TWIN)
    assert done.returncode == 1, done.stderr
    assert len(read_trials(lost.folder)) == 9


def test_another_name_of_the_same_version_resumes_and_another_version_does_not(lost: Lost) -> None:
    git(lost.checkout, "tag", "before", "HEAD~1")
    stored, parts = read_run(lost.folder).against, Dependencies(checkout=lost.checkout)
    assert with_other_version(parts, lost.folder, "before")[1] == stored
    resume = ("--resume", str(lost.folder), "--against", "HEAD")
    refused = measured(lost.checkout, *resume, profile=WITH_TWIN)
    assert refused.returncode == 2
    assert "against differ" in refused.stderr
    assert len(read_trials(lost.folder)) == 9


def test_versions_that_are_equal_have_no_winner_in_what_the_doubles_repeat(checkout: Path) -> None:
    done = measured(checkout, "--against", "HEAD~1")
    comparison = comparison_of(only_run(checkout.parent / "results"))
    verdicts = {one.metric.name: one.verdict for one in comparison.changes}
    assert verdicts["throughput"] == verdicts["response p50"] == "tie"  # CPU times are arbitrary
    assert done.returncode == int(comparison.has_failed), done.stderr


@pytest.mark.parametrize("ref", ["no-such-tag", "--help", "HEAD:README"])
def test_a_version_that_does_not_exist_is_wrong_usage(checkout: Path, ref: str) -> None:
    done = measured(checkout, f"--against={ref}")
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: version '{ref}' is not known; give a commit, a tag or a branch")
    assert done.stderr.count("\n") == 1
    assert not (checkout.parent / "results").exists()


def prepared(checkout: Path, ref: str = "HEAD~1") -> list[str]:
    """Prepare the version, and return what was shown meanwhile."""
    shown: list[str] = []
    other_version(checkout, ref, ["python", "-m", "system"], shown.append)
    return shown


def test_a_folder_without_git_has_no_other_version(tmp_path: Path) -> None:
    with pytest.raises(UnfitError, match="is no Git checkout") as refused:
        prepared(tmp_path)
    assert refused.value.exit_code == 3


def test_a_worktree_is_kept_for_the_next_run_and_made_again_if_it_is_gone(checkout: Path) -> None:
    assert len(prepared(checkout)) == 1
    assert prepared(checkout) == []
    shutil.rmtree(checkout / FOLDER)
    assert len(prepared(checkout)) == 1
    assert git(checkout, "status", "--porcelain") == ""
    assert git(checkout, "rev-parse", "--abbrev-ref", "HEAD") in ("main", "master")


def test_a_worktree_in_which_something_was_changed_is_refused(checkout: Path) -> None:
    prepared(checkout)
    tree = checkout / FOLDER / git(checkout, "rev-parse", "HEAD~1")
    (tree / "request-ms").write_text("9")
    with pytest.raises(UnfitError, match="git worktree remove --force") as refused:
        prepared(checkout)
    assert refused.value.exit_code == 3


def test_a_project_in_a_folder_of_its_repository_is_started_in_that_folder(tmp_path: Path) -> None:
    outer = repository(tmp_path / "outer")
    (outer / "project").mkdir()
    (outer / "project" / "file").write_text("x")
    commit(outer, "first")
    found = other_version(outer / "project", "HEAD", ["python"], lambda _line: None)
    assert found.program.folder is not None
    assert (found.program.folder / "file").exists()


def test_other_packages_have_an_environment_of_their_own_made_once(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    commit(checkout, "unknown package")
    (checkout / "requirements.lock").write_text(f"no-such-package==1 --hash=sha256:{'0' * 64}\n")
    commit(checkout, "a package that cannot be installed")
    (checkout / "requirements.lock").write_text("# no package\n")
    commit(checkout, "without packages")
    (checkout / "requirements.lock").write_text("# no package, once more\n")
    with pytest.raises(UnfitError, match=r"cannot be installed: .*no-such-package") as refused:
        prepared(checkout)
    assert refused.value.exit_code == 3
    assert len(prepared(checkout, "HEAD")) == 2
    assert prepared(checkout, "HEAD") == []
    (environment,) = (file.parent for file in (checkout / FOLDER).glob(f"*/{INSTALLED}"))
    found = other_version(checkout, "HEAD", ["python", "-m", "system"], lambda _line: None)
    assert found.program.words == [str(environment / "bin" / "python"), "-m", "system"]
    assert found.against.own_packages
