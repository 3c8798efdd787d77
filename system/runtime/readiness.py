"""Waits for a component to answer, with a deadline, and says what it saw last."""

import threading
import time

from system.runtime.component import READY, Component
from system.runtime.process import Process, describe_exit

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
