"""The command `down`: stop a running system."""

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
POLL_EVERY_S = 0.05


@click.command()
@options.data_dir
def down(data_dir: Path) -> None:
    """Stop the system of a data dir, and the components started separately on it.

    Exits 0 if no system runs, too.
    """
    supervisors = [state.supervisor for state in running_states(options.layout_of(data_dir))]
    if not supervisors:
        click.echo(f"no system is running on {data_dir}")
        return
    stop(supervisors)
    click.echo("stopped")


def stop(supervisors: Iterable[ProcessIdentity]) -> None:
    """Send SIGTERM to *supervisors*, and SIGKILL to those that do not end; their guards kill the rest."""
    waiting = list(supervisors)
    for supervisor in reversed(waiting):
        send(supervisor, signal.SIGTERM)
    deadline = time.monotonic() + GONE_WITHIN_S
    while any(supervisor.is_alive() for supervisor in waiting) and time.monotonic() < deadline:
        time.sleep(POLL_EVERY_S)
    for supervisor in waiting:
        send(supervisor, signal.SIGKILL)


def send(supervisor: ProcessIdentity, signum: signal.Signals) -> None:
    """Send *signum* to *supervisor* if it still runs."""
    if supervisor.is_alive():
        os.kill(supervisor.pid, signum)
