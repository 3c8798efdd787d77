"""The events that the supervisor's main thread waits for.

They come through one `SimpleQueue`, because its `put` is reentrant and may be called by a signal handler.
`threading.Event.set` is not: a handler that interrupts `Event.wait` in its own thread could deadlock.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from queue import SimpleQueue

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Ready:
    """A component became ready, *after_s* after its start."""

    component: str
    after_s: float


@dataclass(frozen=True)
class Failed:
    """A component could not be started; *reason* is a complete line."""

    component: str
    reason: str


@dataclass(frozen=True)
class Restarted:
    """A component died and is being restarted; *reason* is a complete line."""

    component: str
    reason: str


@dataclass(frozen=True)
class StopRequested:
    """The system has to stop."""


Event = Ready | Failed | Restarted | StopRequested
Events = SimpleQueue[Event]


@contextmanager
def stop_signals_as_events(events: Events) -> Iterator[None]:
    """Put a `StopRequested` into *events* for each signal that ends a program, instead of ending it."""
    previous = {
        number: signal.signal(number, lambda *_: events.put(StopRequested())) for number in STOP_SIGNALS
    }
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
