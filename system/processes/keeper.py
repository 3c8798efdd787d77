"""Keeps one component running, in a thread of its own."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from system.errors import Unfit
from system.processes.component import Command, Component, ComponentStatus, Phase
from system.processes.events import Events, Failed, Ready, Restarted
from system.processes.guard import Guard
from system.processes.process import Process, describe_exit, last_words, size
from system.processes.readiness import PROBE_EVERY_S, NotReady, wait_until_ready

FIRST_S = 0.5
LONGEST_S = 10.0
HEALTHY_AFTER_S = 10.0
"""A component that was ready for this long counts as recovered: its next death is a first one again."""


def deaths_in_a_row(before: int, ready_for_s: float) -> int:
    """Return how many deaths, this one included, came without a healthy run between them."""
    return 1 if ready_for_s >= HEALTHY_AFTER_S else before + 1


def delay_s(deaths: int) -> float:
    """Return the wait after so many deaths in a row: none after the first, then doubling."""
    if deaths <= 1:
        return 0.0
    return min(LONGEST_S, FIRST_S * 2.0 ** min(deaths - 2, 10))


class Keeper(threading.Thread):
    """Starts a component once those in *after* were ready, and again whenever it dies.

    A component that fails before it was ever ready is an error (`Failed`), and is not tried again.
    *changed* is called whenever `standing` is another.
    """

    def __init__(
        self,
        component: Component,
        after: Sequence["Keeper"],
        guard: Guard,
        events: Events,
        changed: Callable[[], None],
    ) -> None:
        super().__init__(name=component.name, daemon=True)
        self.component = component
        self.standing = ComponentStatus(component.name, component.address)
        self._after = after
        self._guard = guard
        self._events = events
        self._changed = changed
        self._was_ready = threading.Event()
        self._stopping = threading.Event()
        self._starting = threading.Lock()
        self._process: Process | None = None

    def run(self) -> None:
        """Keep the component running until `stop`, or until its first start fails."""
        try:
            self._keep()
        except Exception as error:  # noqa: BLE001  a component that nobody watches must not go unnoticed
            self._events.put(Failed(self.name, f"{self.name} is watched no longer: {error!r}"))

    def _keep(self) -> None:
        self._wait_for_those_before()
        deaths = 0
        while not self._stopping.is_set():
            why, ready_for_s = self._live()
            if self._stopping.is_set() or not self._may_live_again(why):
                break
            deaths = deaths_in_a_row(deaths, ready_for_s)
            self._stopping.wait(delay_s(deaths))
        self._note("stopped", pid=None)

    def forbid_starts(self) -> None:
        """Start nothing any more, from now on."""
        with self._starting:
            self._stopping.set()

    def stop(self) -> None:
        """Stop the component for good, within its share of time."""
        self.forbid_starts()
        if self._process is not None:
            self._process.stop(self.component.stop_signal, self.component.stop_within_s)

    def _wait_for_those_before(self) -> None:
        for keeper in self._after:
            while not (keeper._was_ready.wait(PROBE_EVERY_S) or self._stopping.is_set()):
                continue

    def _may_live_again(self, why: str) -> bool:
        if not self._was_ready.is_set():
            self._events.put(Failed(self.name, why))
            return False
        self._note("restarting", pid=None, restarts=self.standing.restarts + 1)
        self._events.put(Restarted(self.name, why))
        return True

    def _live(self) -> tuple[str, float]:
        """Run the component once; return why it ended, and for how long it had been ready."""
        began = time.monotonic()
        try:
            command = self.component.command()
            logged = size(command.log)
            process = self._start(command)
        except (NotReady, OSError, Unfit) as error:
            return f"{self.name} could not be started: {error}", 0.0
        try:
            wait_until_ready(self.component, process, self._stopping)
        except NotReady as obstacle:
            process.kill()
            process.wait()
            reason = last_words(command.log, logged)
            return f"{self.name} {obstacle}{reason and f': {reason}'}; {command.log_is}", 0.0
        return self._serve(process, began)

    def _start(self, command: Command) -> Process:
        with self._starting:
            if self._stopping.is_set():
                raise NotReady("the system is stopping")
            self._process = process = Process(command, self._guard)
        self._note("starting", pid=process.pid)
        return process

    def _serve(self, process: Process, began: float) -> tuple[str, float]:
        ready_at = time.monotonic()
        self._note("ready", pid=process.pid)
        self._was_ready.set()
        self._events.put(Ready(self.name, ready_at - began))
        code = process.wait()
        return f"{self.name} {describe_exit(code)}", time.monotonic() - ready_at

    def _note(self, phase: Phase, pid: int | None, restarts: int | None = None) -> None:
        known = self.standing.restarts if restarts is None else restarts
        self.standing = replace(self.standing, phase=phase, pid=pid, restarts=known)
        self._changed()
