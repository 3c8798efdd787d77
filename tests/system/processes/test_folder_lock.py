"""A data folder belongs to one system at a time."""

import os
from pathlib import Path

import pytest

from system.errors import EnvironmentUnfit
from system.processes import folder_lock


def test_a_locked_folder_is_refused_with_advice(tmp_path: Path) -> None:
    held = folder_lock.take(tmp_path, within_s=0)
    with pytest.raises(
        EnvironmentUnfit, match=f"a system is running on {tmp_path}.*down --data-dir {tmp_path}"
    ):
        folder_lock.take(tmp_path, within_s=0)
    os.close(held)


def test_a_folder_is_free_again_when_its_holder_has_ended(tmp_path: Path) -> None:
    os.close(folder_lock.take(tmp_path / "new", within_s=0))
    os.close(folder_lock.take(tmp_path / "new", within_s=0))


def test_a_folder_that_cannot_be_written_is_refused_with_advice(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EnvironmentUnfit, match=r"cannot be written.*--data-dir"):
        folder_lock.take(tmp_path / "file" / "data", within_s=0)
