"""Runs a set of components until it is told to stop, and leaves nothing behind."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from queue import SimpleQueue

from system.processes.component import Component, ComponentStatus
from system.processes.events import Event, Events, Failed, Ready, Restarted, StopAsked, stop_signals_into
from system.processes.guard import Guard
from system.processes.supervisor import Supervisor
from system.runtime.state import Addresses, ProcessIdentity, SystemState, component_states, write_state

Say = Callable[[str], None]


def run(
    components: Sequence[Component],
    addresses: Addresses,
    state_file: Path,
    held: Sequence[int],
    say: Say,
    on_ready: Callable[[], None],
) -> None:
    """Start *components*, call *on_ready* once all are, and keep them running until a signal asks to stop.

    How they stand is kept in *state_file*; *held* are descriptors that stay open while anything of it lives.
    Raise `Unfit` where a component cannot be started, `Stopped` where the end comes before all were ready.
    """
    events: Events = SimpleQueue()
    with stop_signals_into(events), guarded(held) as guard, state_kept(state_file, addresses, say) as changed:
        supervisor = Supervisor(components, guard, events, changed, lambda event: say_event(event, say))
        try:
            supervisor.start()
            on_ready()
            supervisor.run()
        finally:
            supervisor.stop()


@contextlib.contextmanager
def guarded(held: Sequence[int]) -> Iterator[Guard]:
    """Give a guard, and see to it that its processes are gone when the block is left."""
    guard = Guard(held)
    try:
        yield guard
    finally:
        guard.close()


@contextlib.contextmanager
def state_kept(
    file: Path, addresses: Addresses, say: Say
) -> Iterator[Callable[[Sequence[ComponentStatus]], None]]:
    """Give a function that writes how the components stand into *file*; delete the file in the end."""
    own = ProcessIdentity.own()

    def changed(standings: Sequence[ComponentStatus]) -> None:
        state = SystemState(supervisor=own, addresses=addresses, components=component_states(standings))
        try:
            write_state(file, state)
        except OSError as error:
            say(f"{file} could not be written ({error.strerror}); `status` does not tell the present state")

    try:
        yield changed
    finally:
        file.unlink(missing_ok=True)


def say_event(event: Event, say: Say) -> None:
    """Put *event* into words."""
    match event:
        case Ready(component, after_s):
            say(f"{component} ready in {after_s:.1f} s")
        case Restarted(reason=reason):
            say(f"{reason}; starting it again")
        case StopAsked():
            say("stopping")
        case Failed():
            pass  # It is the error that the program ends with.
