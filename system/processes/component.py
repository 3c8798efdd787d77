"""A component of the system: a process that the supervisor starts, watches and stops."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGTERM, Signals
from typing import Literal

import system

READY = "ready"

Probe = Callable[[], str]
"""Checks whether a component is ready: returns `READY`, or a description of its present state."""

Phase = Literal["waiting", "starting", "ready", "restarting", "stopped"]


@dataclass(frozen=True)
class Command:
    """A command line, its additional *environment*, and the *log* file that receives both outputs.

    Without a *log*, both outputs go to our own standard error.
    """

    arguments: tuple[str, ...]
    log: Path | None
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def log_hint(self) -> str:
        """Where to find the log, as the end of an error message."""
        return f"its log is {self.log}" if self.log else "its log is above"


@dataclass(frozen=True)
class Component:
    """A process to start, watch and stop.

    *command* is called before each start, because a start can depend on the files of the previous run.
    *after* names the components that must have been ready once before this one starts. *recover* is called
    when a start has failed; it returns whether it removed the cause, so that another start can succeed.
    """

    name: str
    command: Callable[[], Command]
    probe: Probe
    address: str
    after: tuple[str, ...] = ()
    ready_within_s: float = 60.0
    stop_signal: Signals = SIGTERM
    stop_within_s: float = 2.0
    recover: Callable[[], bool] = lambda: False


@dataclass(frozen=True)
class ComponentStatus:
    """The present state of a component."""

    component: str
    address: str
    phase: Phase = "waiting"
    pid: int | None = None
    restarts: int = 0


ROOT = Path(system.__file__).parent.parent


def child_environment() -> dict[str, str]:
    """Return the variables that let a child process import our packages from any working directory.

    Python's output is unbuffered, so that the log of a process that died is complete.
    """
    inherited = os.environ.get("PYTHONPATH")
    return {
        "PYTHONPATH": os.pathsep.join([str(ROOT), *([inherited] if inherited else [])]),
        "PYTHONUNBUFFERED": "1",
    }
