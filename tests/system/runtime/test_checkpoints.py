"""Flink starts from its newest complete checkpoint, and the folders of older jobs are deleted."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from system.runtime.checkpoints import Checkpoint, complete, discard_superseded, newest, path, superseded

CHECKPOINTS = st.builds(Checkpoint, st.integers(1, 9), st.integers(0, 9), st.sampled_from("abc"))


def checkpoint(root: Path, job: str, number: int, *, is_complete: bool = True) -> None:
    folder = root / job / f"chk-{number}"
    folder.mkdir(parents=True)
    if is_complete:
        (folder / "_metadata").touch()


def test_without_any_checkpoint_there_is_none_to_start_from(tmp_path: Path) -> None:
    checkpoint(tmp_path, "a", 7, is_complete=False)
    assert newest(complete(tmp_path)) is None


def test_the_newest_is_that_of_the_greatest_number_over_all_jobs(tmp_path: Path) -> None:
    checkpoint(tmp_path, "b", 9)
    checkpoint(tmp_path, "a", 10)
    checkpoint(tmp_path, "b", 11, is_complete=False)
    found = newest(complete(tmp_path))
    assert found is not None
    assert path(tmp_path, found) == tmp_path / "a" / "chk-10"


def test_the_folders_of_older_jobs_are_deleted_and_that_of_the_newest_checkpoint_stays(
    tmp_path: Path,
) -> None:
    checkpoint(tmp_path, "old", 3)
    checkpoint(tmp_path, "died-early", 5, is_complete=False)
    checkpoint(tmp_path, "last", 4)
    discard_superseded(tmp_path)
    assert [folder.name for folder in tmp_path.iterdir()] == ["last"]


def test_no_folder_is_deleted_while_no_checkpoint_is_complete(tmp_path: Path) -> None:
    checkpoint(tmp_path, "a", 1, is_complete=False)
    discard_superseded(tmp_path)
    assert (tmp_path / "a").exists()


@given(st.lists(CHECKPOINTS))
def test_the_job_of_the_newest_checkpoint_is_never_superseded(checkpoints: list[Checkpoint]) -> None:
    last = newest(checkpoints)
    assert last is None or last.job not in superseded("abc", checkpoints)
