"""What a component needs before it can be started, waited for with a deadline."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from system.runtime.command import Command
from system.runtime.component import READY, Component, Probe
from system.runtime.readiness import PROBE_EVERY_S, NotReady

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
