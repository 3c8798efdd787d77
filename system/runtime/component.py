"""What the supervisor needs to know of a process that it keeps running."""

from collections.abc import Callable
from dataclasses import dataclass
from signal import SIGTERM, Signals
from typing import Literal

from system.runtime.command import Command

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
class Standing:
    """How a component stands right now."""

    component: str
    address: str
    phase: Phase = "waiting"
    pid: int | None = None
    restarts: int = 0
