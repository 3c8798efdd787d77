"""Flink's checkpoints: find the newest complete one, and delete the folders that no start needs any more.

Flink writes `JOB/chk-N/_metadata` when checkpoint N of that job is complete. A job that starts from another
job's checkpoint continues its numbers, so the greatest N is the newest.
"""

import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, order=True)
class Checkpoint:
    """A complete checkpoint. The newest is the greatest; *completed_ns* decides between equal *number*s."""

    number: int
    completed_ns: int
    job: str


def newest(checkpoints: Iterable[Checkpoint]) -> Checkpoint | None:
    """Return the checkpoint to start from, or None if there is none."""
    return max(checkpoints, default=None)


def superseded(jobs: Iterable[str], checkpoints: Iterable[Checkpoint]) -> list[str]:
    """Return those of *jobs* whose folders no later start needs.

    A job that starts from another job's checkpoint writes its own first one in full (Flink's default claim
    mode, NO_CLAIM). So only the folder of the newest checkpoint's job is needed.
    """
    last = newest(checkpoints)
    return [] if last is None else [job for job in jobs if job != last.job]


def path(root: Path, checkpoint: Checkpoint) -> Path:
    """Return the folder of *checkpoint* below *root*."""
    return root / checkpoint.job / f"chk-{checkpoint.number}"


def complete(root: Path) -> list[Checkpoint]:
    """Return the complete checkpoints below *root*."""
    found = []
    for metadata in root.glob("*/chk-*/_metadata"):
        number = re.fullmatch(r"chk-(\d+)", metadata.parent.name)
        if number:
            found.append(Checkpoint(int(number[1]), metadata.stat().st_mtime_ns, metadata.parent.parent.name))
    return found


def discard_superseded(root: Path) -> None:
    """Delete the folders of superseded jobs below *root*. Call it only while no job runs."""
    jobs = [folder.name for folder in root.iterdir() if folder.is_dir()]
    for job in superseded(jobs, complete(root)):
        shutil.rmtree(root / job, ignore_errors=True)
