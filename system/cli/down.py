"""`down`: stop a running system."""

import os
import signal
import time
from collections.abc import Iterable
from pathlib import Path

import click

from system.cli import options
from system.runtime.state import ProcessIdentity
from system.runtime.status import running_states

GONE_WITHIN_S = 15.0
LOOK_EVERY_S = 0.05


@click.command()
@options.data_dir
def down(data_dir: Path) -> None:
    """Stop the system of a data folder, and the endpoints beside it; do nothing where none runs."""
    supervisors = [state.supervisor for state in running_states(options.layout_of(data_dir))]
    if not supervisors:
        click.echo(f"no system is running on {data_dir}")
        return
    stop(supervisors)
    click.echo("stopped")


def stop(supervisors: Iterable[ProcessIdentity]) -> None:
    """Ask *supervisors* to stop, and kill those that do not; their guards then kill what is left."""
    waiting = list(supervisors)
    for supervisor in reversed(waiting):
        send(supervisor, signal.SIGTERM)
    deadline = time.monotonic() + GONE_WITHIN_S
    while any(supervisor.is_alive() for supervisor in waiting) and time.monotonic() < deadline:
        time.sleep(LOOK_EVERY_S)
    for supervisor in waiting:
        send(supervisor, signal.SIGKILL)


def send(supervisor: ProcessIdentity, signum: signal.Signals) -> None:
    """Send *signum* to *supervisor*, if it still is the process it was."""
    if supervisor.is_alive():
        os.kill(supervisor.pid, signum)
