"""The state of a running system, as a file in its data folder that other commands read."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import psutil
from pydantic import BaseModel, ConfigDict, ValidationError

from system.processes.component import ComponentStatus, Phase


class Closed(BaseModel):
    """A stored document that knows all its keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ProcessIdentity(Closed):
    """A process that a later one with the same number is not taken for."""

    pid: int
    create_time_s: float

    @classmethod
    def own(cls) -> "ProcessIdentity":
        """Return that of the calling process."""
        return cls(pid=os.getpid(), create_time_s=psutil.Process().create_time())

    def is_alive(self) -> bool:
        """Return whether this very process still runs."""
        try:
            process = psutil.Process(self.pid)
            return process.create_time() == self.create_time_s and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False


class Addresses(Closed):
    """Where the parts of a system listen; None where a part is left out."""

    endpoint: str | None = None
    flink: str | None = None
    kafka: str | None = None
    functions: str | None = None
    jobmanager: str | None = None


class ComponentState(Closed):
    """How one component stands."""

    component: str
    address: str
    state: Phase
    pid: int | None
    restarts: int


class SystemState(Closed):
    """A running system, written anew at each change."""

    schema_version: Literal[1] = 1
    supervisor: ProcessIdentity
    addresses: Addresses
    components: list[ComponentState]


def component_states(standings: Sequence[ComponentStatus]) -> list[ComponentState]:
    """Return *standings* as they are stored."""
    return [
        ComponentState(
            component=s.component, address=s.address, state=s.phase, pid=s.pid, restarts=s.restarts
        )
        for s in standings
    ]


def write_state(file: Path, state: SystemState) -> None:
    """Replace *file*, so that a reader finds the old or the new one and never a part."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(f".{os.getpid()}.tmp")
    draft.write_text(state.model_dump_json(indent=1))
    draft.replace(file)


def running_state(file: Path) -> SystemState | None:
    """Return the state in *file*, or None where there is none or the system that wrote it is gone."""
    try:
        state = SystemState.model_validate_json(file.read_text())
    except (FileNotFoundError, NotADirectoryError, ValidationError):
        return None
    return state if state.supervisor.is_alive() else None
