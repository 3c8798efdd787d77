"""What the supervisor needs to know of a process that it keeps running."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGTERM, Signals
from typing import Literal

import system

ROOT = Path(system.__file__).parent.parent


def environment() -> dict[str, str]:
    """Return the environment in which a child finds our packages, wherever it is started.

    Its output is written at once, so that a log ends with what was said last.
    """
    known = os.environ.get("PYTHONPATH")
    return {"PYTHONPATH": os.pathsep.join([str(ROOT), *([known] if known else [])]), "PYTHONUNBUFFERED": "1"}


@dataclass(frozen=True)
class Command:
    """What to start: *arguments*, what to add to the *environment*, and the *log* that takes both outputs.

    Without a *log*, both go to our own standard error.
    """

    arguments: tuple[str, ...]
    log: Path | None
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def log_is(self) -> str:
        """Where to read what it said, in words."""
        return f"its log is {self.log}" if self.log else "its log is above"


READY = "ready"

Probe = Callable[[], str]
"""Asks whether a component is ready: `READY` when it is, else what was seen instead."""

Phase = Literal["waiting", "starting", "ready", "restarting", "stopped"]


@dataclass(frozen=True)
class Component:
    """A process to be started, watched and stopped.

    *command* is asked at each start, since a start can depend on what the last run left behind. *after* names
    the components that must have been ready once before this one is started.
    """

    name: str
    command: Callable[[], Command]
    probe: Probe
    address: str
    after: tuple[str, ...] = ()
    ready_within_s: float = 60.0
    stop_signal: Signals = SIGTERM
    stop_within_s: float = 2.0


@dataclass(frozen=True)
class ComponentStatus:
    """How a component stands right now."""

    component: str
    address: str
    phase: Phase = "waiting"
    pid: int | None = None
    restarts: int = 0
