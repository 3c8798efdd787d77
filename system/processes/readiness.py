"""Waits for a component to answer, with a deadline, and says what it saw last."""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from system.processes.component import READY, Command, Component, Probe
from system.processes.process import Process, describe_exit

Say = Callable[[str], None]


@dataclass(frozen=True)
class Need:
    """*what* has to answer, in words, and the *probe* that asks it."""

    what: str
    probe: Probe


def put_behind(needs: Iterable[Need], component: Component, within_s: float, say: Say) -> Component:
    """Return *component*, each start of which waits for *needs*; *say* is told what is waited for."""
    needed = tuple(needs)

    def command() -> Command:
        deadline = time.monotonic() + within_s
        for need in needed:
            wait_for(need, deadline, say)
        return component.command()

    return replace(component, command=command)


def wait_for(need: Need, deadline: float, say: Say) -> None:
    """Return once *need* answers; raise `NotReady` with what was seen last, at the *deadline*."""
    if (seen := need.probe()) == READY:
        return
    say(f"waiting for {need.what}")
    while (seen := need.probe()) != READY:
        if time.monotonic() > deadline:
            raise NotReady(f"{need.what} did not answer in time; last seen: {seen}")
        time.sleep(PROBE_EVERY_S)


PROBE_EVERY_S = 0.05


class NotReady(Exception):
    """A component ended, was stopped, or did not answer in time; the message goes on from its name."""


def wait_until_ready(component: Component, process: Process, stopping: threading.Event) -> None:
    """Return when *component*'s probe is content; raise `NotReady` when it ends or its time is over."""
    deadline = time.monotonic() + component.ready_within_s
    seen = "nothing"
    while time.monotonic() < deadline:
        if process.has_ended():
            raise NotReady(f"{describe_exit(process.wait())} before it was ready")
        if stopping.is_set():
            raise NotReady("was stopped before it was ready")
        if (seen := component.probe()) == READY:
            return
        stopping.wait(PROBE_EVERY_S)
    raise NotReady(f"was not ready in {component.ready_within_s:g} s; last seen: {seen}")
