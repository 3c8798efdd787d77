"""The state of a running system, in a file of its data dir that other commands read."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import psutil
from pydantic import BaseModel, ConfigDict, ValidationError

from system.processes.component import ComponentStatus, Phase


class StateDocument(BaseModel):
    """A part of the state file; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ProcessIdentity(StateDocument):
    """A process id with the start of its process, since the system reuses ids."""

    pid: int
    create_time_s: float

    @classmethod
    def own(cls) -> "ProcessIdentity":
        """Return the identity of the calling process."""
        return cls(pid=os.getpid(), create_time_s=psutil.Process().create_time())

    def is_alive(self) -> bool:
        """Return whether this process still runs."""
        try:
            process = psutil.Process(self.pid)
            return process.create_time() == self.create_time_s and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False


class Addresses(StateDocument):
    """The addresses of a system's components; None for a component that it does not have."""

    endpoint: str | None = None
    flink: str | None = None
    kafka: str | None = None
    functions: str | None = None
    jobmanager: str | None = None
    health: str | None = None
    """The endpoint's second address, for health checks alone."""


class ComponentState(StateDocument):
    """The state of one component."""

    component: str
    address: str
    state: Phase
    pid: int | None
    restarts: int


class SystemState(StateDocument):
    """The state of a running system; the file is rewritten at each change."""

    schema_version: Literal[1] = 1
    supervisor: ProcessIdentity
    addresses: Addresses
    components: list[ComponentState]


def component_states(statuses: Sequence[ComponentStatus]) -> list[ComponentState]:
    """Return *statuses* in the form in which they are stored."""
    return [
        ComponentState(
            component=s.component, address=s.address, state=s.phase, pid=s.pid, restarts=s.restarts
        )
        for s in statuses
    ]


def write_state(file: Path, state: SystemState) -> None:
    """Replace *file* atomically."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(f".{os.getpid()}.tmp")
    draft.write_text(state.model_dump_json(indent=1))
    draft.replace(file)


def running_state(file: Path) -> SystemState | None:
    """Return the state in *file*, or None if there is none or its supervisor no longer runs."""
    try:
        state = SystemState.model_validate_json(file.read_text())
    except (FileNotFoundError, NotADirectoryError, ValidationError):
        return None
    return state if state.supervisor.is_alive() else None
