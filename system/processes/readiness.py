"""Readiness: wait with a deadline until a component, or another one that it depends on, is ready."""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from system.processes.component import READY, Command, Component, Probe
from system.processes.guard import Guard
from system.processes.process import Process, describe_exit

PROBE_EVERY_S = 0.05


class NotReady(Exception):
    """A component ended, was stopped or was not ready in time; the message continues after its name."""


def wait_until_ready(component: Component, process: Process, stopping: threading.Event) -> None:
    """Return when the probe of *component* succeeds.

    Raise `NotReady` when *process* ends, *stopping* is set, or the component's time is over.
    """
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


def start_once(component: Component, guard: Guard) -> Process:
    """Start *component* without supervision and return its process when it is ready; on failure, kill it."""
    process = Process(component.command(), guard)
    try:
        wait_until_ready(component, process, threading.Event())
    except BaseException:
        process.kill()
        process.wait()
        raise
    return process


PrintLine = Callable[[str], None]
"""Prints a line of progress."""


@dataclass(frozen=True)
class Dependency:
    """Another process that a component needs: its *description* and a *probe* of it."""

    description: str
    probe: Probe


def with_dependencies(
    component: Component, dependencies: Iterable[Dependency], within_s: float, print_line: PrintLine
) -> Component:
    """Return *component* changed so that each start first waits up to *within_s* for all *dependencies*."""
    needed = tuple(dependencies)

    def command() -> Command:
        deadline = time.monotonic() + within_s
        for dependency in needed:
            wait_for(dependency, deadline, print_line)
        return component.command()

    return replace(component, command=command)


def wait_for(dependency: Dependency, deadline: float, print_line: PrintLine) -> None:
    """Return when *dependency* is ready; at the *deadline*, raise `NotReady` with what its probe last saw."""
    if dependency.probe() == READY:
        return
    print_line(f"waiting for {dependency.description}")
    while (seen := dependency.probe()) != READY:
        if time.monotonic() > deadline:
            raise NotReady(f"{dependency.description} did not answer in time; last seen: {seen}")
        time.sleep(PROBE_EVERY_S)
