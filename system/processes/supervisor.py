"""Starts components in the order of what they need, keeps them running, and stops them in reverse."""

import threading
import time
from collections.abc import Callable, Sequence

from system.errors import Unfit
from system.processes.component import Component, ComponentStatus
from system.processes.events import Event, Events, Failed, Ready, StopAsked
from system.processes.guard import Guard
from system.processes.keeper import Keeper

Changed = Callable[[Sequence[ComponentStatus]], None]
Heard = Callable[[Event], None]

LAST_WORDS_WITHIN_S = 1.0
"""How long the keepers may take to end when their processes have; one may be inside a probe."""


class Stopped(Exception):
    """The system was asked to stop before it was ready."""


class Supervisor:
    """Keeps *components*, listed so that each comes after those it needs, running under *guard*.

    *changed* is told how all of them stand whenever one of them changes; *heard* gets each event.
    """

    def __init__(
        self, components: Sequence[Component], guard: Guard, events: Events, changed: Changed, heard: Heard
    ) -> None:
        self._events = events
        self._changed = changed
        self._heard = heard
        self._telling = threading.Lock()
        self._stopped = False
        self._keepers: dict[str, Keeper] = {}
        for component in components:
            after = [self._keepers[name] for name in component.after]
            self._keepers[component.name] = Keeper(component, after, guard, events, self._tell)

    def start(self) -> None:
        """Start every component and return when all were ready.

        Raise `Unfit` when one of them cannot be started, and `Stopped` when the system is to stop meanwhile.
        """
        for keeper in self._keepers.values():
            keeper.start()
        waiting = set(self._keepers)
        while waiting:
            match self._next():
                case Ready(component):
                    waiting.discard(component)
                case Failed(reason=reason):
                    raise Unfit(reason)
                case StopAsked():
                    raise Stopped

    def run(self) -> None:
        """Keep the system running until it is asked to stop; raise `Unfit` where that cannot be done."""
        while not isinstance(event := self._next(), StopAsked):
            if isinstance(event, Failed):
                raise Unfit(event.reason)

    def stop(self) -> None:
        """Stop what was started, the last first, each within its share of time."""
        for keeper in self._keepers.values():
            keeper.forbid_starts()
        for keeper in reversed(self._keepers.values()):
            keeper.stop()
        deadline = time.monotonic() + LAST_WORDS_WITHIN_S
        for keeper in self._keepers.values():
            if keeper.is_alive():
                keeper.join(max(0.0, deadline - time.monotonic()))
        with self._telling:
            self._stopped = True

    def _tell(self) -> None:
        with self._telling:
            if not self._stopped:
                self._changed([keeper.standing for keeper in self._keepers.values()])

    def _next(self) -> Event:
        event = self._events.get()
        self._heard(event)
        return event
