"""What the supervisor's main thread waits for, in one queue that a signal handler may write to.

`SimpleQueue.put` is reentrant, which `threading.Event.set` is not: a handler that runs while its own thread
is inside `Event.wait` could wait for itself.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from queue import SimpleQueue

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Ready:
    """A component answered for the first time."""

    component: str
    after_s: float


@dataclass(frozen=True)
class Failed:
    """A component could not be started; *reason* is a whole line."""

    component: str
    reason: str


@dataclass(frozen=True)
class Restarted:
    """A component died and is being started again."""

    component: str
    reason: str


@dataclass(frozen=True)
class StopAsked:
    """Somebody wants the system to stop."""


Event = Ready | Failed | Restarted | StopAsked
Events = SimpleQueue[Event]


@contextmanager
def stop_signals_into(events: Events) -> Iterator[None]:
    """Turn the signals that ask a program to end into `StopAsked`, until the block is left."""
    before = {number: signal.signal(number, lambda *_: events.put(StopAsked())) for number in STOP_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
