"""Runs one component in a thread: starts it, waits until it is ready, restarts it when it dies."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from system.errors import EnvironmentUnfit
from system.processes.component import Command, Component, ComponentStatus, Phase
from system.processes.events import Events, Failed, Ready, Restarted
from system.processes.guard import Guard
from system.processes.process import Process, describe_exit, last_exception, log_size
from system.processes.readiness import PROBE_EVERY_S, NotReady, wait_until_ready


class ComponentRunner(threading.Thread):
    """A thread that starts a component once those in *after* have been ready, and again whenever it dies.

    A component that fails before it was ever ready is not restarted: that puts `Failed` into *events*.
    *on_change* is called whenever `status` has changed.
    """

    def __init__(
        self,
        component: Component,
        after: Sequence["ComponentRunner"],
        guard: Guard,
        events: Events,
        on_change: Callable[[], None],
    ) -> None:
        super().__init__(name=component.name, daemon=True)
        self.component = component
        self.status = ComponentStatus(component.name, component.address)
        self._after = after
        self._guard = guard
        self._events = events
        self._on_change = on_change
        self._was_ready = threading.Event()
        self._stopping = threading.Event()
        self._starting = threading.Lock()
        self._process: Process | None = None

    def run(self) -> None:
        """Keep the component running until `stop`, or until its first start fails."""
        try:
            self._keep_running()
        except Exception as error:  # noqa: BLE001  # A component without supervision has to be reported.
            self._events.put(Failed(self.name, f"{self.name} is no longer supervised: {error!r}"))

    def forbid_starts(self) -> None:
        """Prevent any further start."""
        with self._starting:
            self._stopping.set()

    def stop(self) -> None:
        """Stop the component for good, within its `stop_within_s`."""
        self.forbid_starts()
        if self._process is not None:
            self._process.stop(self.component.stop_signal, self.component.stop_within_s)

    def _keep_running(self) -> None:
        self._wait_for_predecessors()
        deaths = 0
        while not self._stopping.is_set():
            reason, ready_for_s = self._run_once()
            recovered = ready_for_s == 0.0 and not self._stopping.is_set() and self.component.recover()
            if self._stopping.is_set() or not self._may_restart(reason, recovered=recovered):
                break
            deaths = deaths_in_a_row(deaths, ready_for_s)
            self._stopping.wait(delay_s(deaths))
        self._update("stopped", pid=None)

    def _wait_for_predecessors(self) -> None:
        for runner in self._after:
            while not (runner._was_ready.wait(PROBE_EVERY_S) or self._stopping.is_set()):
                continue

    def _may_restart(self, reason: str, *, recovered: bool) -> bool:
        if not self._was_ready.is_set() and not recovered:
            self._events.put(Failed(self.name, reason))
            return False
        self._update("restarting", pid=None, restarts=self.status.restarts + 1)
        self._events.put(Restarted(self.name, reason))
        return True

    def _run_once(self) -> tuple[str, float]:
        """Run the component once; return the reason of its end, and for how many seconds it was ready."""
        started_at = time.monotonic()
        try:
            command = self.component.command()
            offset = log_size(command.log)
            process = self._start(command)
        except (NotReady, OSError, EnvironmentUnfit) as error:
            return f"{self.name} could not be started: {error}", 0.0
        try:
            wait_until_ready(self.component, process, self._stopping)
        except NotReady as failure:
            process.kill()
            process.wait()
            exception = last_exception(command.log, offset)
            return f"{self.name} {failure}{exception and f': {exception}'}; {command.log_hint}", 0.0
        return self._wait_for_end(process, started_at)

    def _start(self, command: Command) -> Process:
        with self._starting:
            if self._stopping.is_set():
                raise NotReady("the system is stopping")
            self._process = process = Process(command, self._guard)
        self._update("starting", pid=process.pid)
        return process

    def _wait_for_end(self, process: Process, started_at: float) -> tuple[str, float]:
        ready_at = time.monotonic()
        self._update("ready", pid=process.pid)
        self._was_ready.set()
        self._events.put(Ready(self.name, ready_at - started_at))
        code = process.wait()
        return f"{self.name} {describe_exit(code)}", time.monotonic() - ready_at

    def _update(self, phase: Phase, pid: int | None, restarts: int | None = None) -> None:
        count = self.status.restarts if restarts is None else restarts
        self.status = replace(self.status, phase=phase, pid=pid, restarts=count)
        self._on_change()


FIRST_DELAY_S = 0.5
LONGEST_DELAY_S = 10.0
HEALTHY_AFTER_S = 10.0
"""A component that was ready for this long counts as recovered: its next death counts as the first."""


def deaths_in_a_row(before: int, ready_for_s: float) -> int:
    """Return the number of deaths since the last healthy run, this one included."""
    return 1 if ready_for_s >= HEALTHY_AFTER_S else before + 1


def delay_s(deaths: int) -> float:
    """Return the delay before a restart: none after the first death in a row, then doubling."""
    if deaths <= 1:
        return 0.0
    return min(LONGEST_DELAY_S, FIRST_DELAY_S * 2.0 ** min(deaths - 2, 10))
