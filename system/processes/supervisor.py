"""The supervisor: starts components in the order of their dependencies, and stops them in reverse."""

import threading
import time
from collections.abc import Callable, Sequence

from system.errors import EnvironmentUnfit
from system.processes.component import Component, ComponentStatus
from system.processes.component_runner import ComponentRunner
from system.processes.events import Event, Events, Failed, Ready, StopRequested
from system.processes.guard import Guard

OnChange = Callable[[Sequence[ComponentStatus]], None]
OnEvent = Callable[[Event], None]

RUNNERS_END_WITHIN_S = 1.0
"""The time that the runners have to end after their processes; one may be in the middle of a probe."""


class Stopped(Exception):
    """The system was asked to stop before it was ready."""


class Supervisor:
    """Keeps *components* running under *guard*; each is listed after those that it depends on.

    *on_change* is called with the status of all components whenever one changes, *on_event* with each event.
    """

    def __init__(
        self,
        components: Sequence[Component],
        guard: Guard,
        events: Events,
        on_change: OnChange,
        on_event: OnEvent,
    ) -> None:
        self._events = events
        self._on_change = on_change
        self._on_event = on_event
        self._publishing = threading.Lock()
        self._stopped = False
        self._runners: dict[str, ComponentRunner] = {}
        for component in components:
            after = [self._runners[name] for name in component.after]
            self._runners[component.name] = ComponentRunner(component, after, guard, events, self._publish)

    def start(self) -> None:
        """Start every component and return when all have been ready.

        Raise `EnvironmentUnfit` if one cannot be started, `Stopped` if a stop is requested before that.
        """
        for runner in self._runners.values():
            runner.start()
        waiting = set(self._runners)
        while waiting:
            match self._next():
                case Ready(component):
                    waiting.discard(component)
                case Failed(reason=reason):
                    raise EnvironmentUnfit(reason)
                case StopRequested():
                    raise Stopped

    def run(self) -> None:
        """Keep the system running until a stop is requested.

        Raise `EnvironmentUnfit` if a component is no longer supervised.
        """
        while not isinstance(event := self._next(), StopRequested):
            if isinstance(event, Failed):
                raise EnvironmentUnfit(event.reason)

    def stop(self) -> None:
        """Stop all components in reverse order, each within its `stop_within_s`."""
        for runner in self._runners.values():
            runner.forbid_starts()
        for runner in reversed(self._runners.values()):
            runner.stop()
        deadline = time.monotonic() + RUNNERS_END_WITHIN_S
        for runner in self._runners.values():
            if runner.is_alive():
                runner.join(max(0.0, deadline - time.monotonic()))
        with self._publishing:
            self._stopped = True

    def _publish(self) -> None:
        with self._publishing:
            if not self._stopped:
                self._on_change([runner.status for runner in self._runners.values()])

    def _next(self) -> Event:
        event = self._events.get()
        self._on_event(event)
        return event
