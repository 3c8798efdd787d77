"""Runs components in the foreground with progress on standard error and a `ready` line on standard output."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from system.processes.component import Component
from system.processes.supervisor import Stopped
from system.runtime import foreground
from system.runtime.state import Addresses


class Progress:
    """Prints lines of progress; on a terminal, shows *activity* and a spinner below them until `finish`."""

    def __init__(self, activity: str) -> None:
        self._console = Console(stderr=True, soft_wrap=True)
        self._status = self._console.status(activity)
        if self._console.is_terminal:
            self._status.start()

    def print_line(self, line: str) -> None:
        """Print *line*."""
        self._console.print(Text(line))

    def finish(self) -> None:
        """Remove the spinner; a second call does nothing."""
        self._status.stop()


def run_with_progress(
    components: Sequence[Component],
    addresses: Addresses,
    state_file: Path,
    held: Sequence[int],
    progress: Progress,
    ready: Mapping[str, str | None],
) -> None:
    """Run *components* until a stop signal, as `foreground.run` does; print *ready* when all are ready."""

    def on_ready() -> None:
        progress.finish()
        click.echo(ready_line(ready))

    try:
        foreground.run(components, addresses, state_file, held, progress.print_line, on_ready)
    except Stopped:
        progress.print_line("stopped before it was ready")
    finally:
        progress.finish()


def ready_line(addresses: Mapping[str, str | None]) -> str:
    """Return the line that announces the *addresses* of a ready system, without those that are None."""
    return " ".join(["ready", *(f"{name}={address}" for name, address in addresses.items() if address)])
