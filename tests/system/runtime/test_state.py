"""The file with the state of a running system."""

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from system.processes.component import ComponentStatus
from system.runtime.state import (
    Addresses,
    ProcessIdentity,
    SystemState,
    component_states,
    running_state,
    write_state,
)


def state_of(supervisor: ProcessIdentity) -> SystemState:
    statuses = [ComponentStatus("kafka", "127.0.0.1:9092", "ready", pid=7, restarts=2)]
    addresses = Addresses(kafka="127.0.0.1:9092")
    return SystemState(supervisor=supervisor, addresses=addresses, components=component_states(statuses))


def test_a_state_is_read_as_it_was_written(tmp_path: Path) -> None:
    state = state_of(ProcessIdentity.own())
    write_state(tmp_path / "system.json", state)
    assert running_state(tmp_path / "system.json") == state


def test_the_state_of_a_supervisor_that_is_gone_is_ignored(tmp_path: Path) -> None:
    gone = ProcessIdentity(pid=os.getpid(), create_time_s=1.0)
    write_state(tmp_path / "system.json", state_of(gone))
    assert running_state(tmp_path / "system.json") is None


@pytest.mark.parametrize("text", ["", "{", '{"schema_version": 99}'])
def test_a_file_without_a_valid_state_counts_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "system.json").write_text(text)
    assert running_state(tmp_path / "system.json") is None


def test_no_file_counts_as_none(tmp_path: Path) -> None:
    assert running_state(tmp_path / "system.json") is None


def test_no_temporary_files_are_left(tmp_path: Path) -> None:
    for _ in range(3):
        write_state(tmp_path / "system.json", state_of(ProcessIdentity.own()))
    assert [file.name for file in tmp_path.iterdir()] == ["system.json"]


def test_unknown_keys_are_refused() -> None:
    with pytest.raises(ValidationError, match="mood"):
        ProcessIdentity.model_validate({"pid": 1, "create_time_s": 2.0, "mood": "good"})
