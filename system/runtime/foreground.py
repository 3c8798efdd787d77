"""Runs components in the foreground until a signal requests a stop, and publishes their state in a file."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from queue import SimpleQueue

from system.processes.component import Component, ComponentStatus
from system.processes.events import (
    Event,
    Events,
    Failed,
    Ready,
    Restarted,
    StopRequested,
    stop_signals_as_events,
)
from system.processes.guard import Guard
from system.processes.readiness import PrintLine
from system.processes.supervisor import OnChange, Supervisor
from system.runtime.state import Addresses, ProcessIdentity, SystemState, component_states, write_state


def run(
    components: Sequence[Component],
    addresses: Addresses,
    state_file: Path,
    held: Sequence[int],
    print_line: PrintLine,
    on_ready: Callable[[], None],
) -> None:
    """Start *components*, call *on_ready* once all are ready, and keep them running until a stop signal.

    Their state is kept in *state_file*. *held* are descriptors that stay open until the last process has
    ended. Raise `EnvironmentUnfit` if a component cannot be started, `Stopped` if the signal comes before all
    are ready.
    """
    events: Events = SimpleQueue()
    with (
        stop_signals_as_events(events),
        contextlib.closing(Guard(held)) as guard,
        published_state(state_file, addresses, print_line) as on_change,
    ):
        supervisor = Supervisor(
            components, guard, events, on_change, lambda event: print_event(event, print_line)
        )
        try:
            supervisor.start()
            on_ready()
            supervisor.run()
        finally:
            supervisor.stop()


@contextlib.contextmanager
def published_state(file: Path, addresses: Addresses, print_line: PrintLine) -> Iterator[OnChange]:
    """Give a function that writes the status of the components to *file*; delete the file at the end."""
    supervisor = ProcessIdentity.own()

    def on_change(statuses: Sequence[ComponentStatus]) -> None:
        state = SystemState(supervisor=supervisor, addresses=addresses, components=component_states(statuses))
        try:
            write_state(file, state)
        except OSError as error:
            print_line(f"{file} could not be written ({error.strerror}); `status` shows an old state")

    try:
        yield on_change
    finally:
        file.unlink(missing_ok=True)


def print_event(event: Event, print_line: PrintLine) -> None:
    """Print *event* in words."""
    match event:
        case Ready(component, after_s):
            print_line(f"{component} ready in {after_s:.1f} s")
        case Restarted(reason=reason):
            print_line(f"{reason}; restarting it")
        case StopRequested():
            print_line("stopping")
        case Failed():
            pass  # The program ends with it as its error.
