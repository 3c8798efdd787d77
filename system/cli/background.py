"""Starts a command of `python -m system` in the background, and returns when it is ready."""

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import click

from system.errors import EnvironmentUnfit
from system.processes.component import child_environment
from system.processes.folder_lock import make_folder

POLL_EVERY_S = 0.1
STOP_WITHIN_S = 12.0


def start(arguments: Sequence[str], log: Path, within_s: float) -> int:
    """Run `python -m system` with *arguments* in a new session; print its first line and return 0.

    Its standard error goes to *log*, and is shown here until that line comes. If the command ends first,
    return its exit code. Raise `EnvironmentUnfit` if it prints nothing *within_s*. An interruption stops it.
    """
    make_folder(log.parent)
    with log.open("ab") as output, log.open("rb") as shown:
        shown.seek(0, 2)
        process = subprocess.Popen(
            [sys.executable, "-m", "system", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=output,
            env={**os.environ, **child_environment()},
            start_new_session=True,
        )
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            return follow(process, shown, within_s)
        except BaseException:
            process.terminate()
            process.wait(STOP_WITHIN_S)
            raise


def follow(process: subprocess.Popen[bytes], shown: IO[bytes], within_s: float) -> int:
    """Show the log of *process* until it prints a line or ends; return its exit code."""
    output = process.stdout
    deadline = time.monotonic() + within_s
    while output is not None and time.monotonic() < deadline:
        has_output = select.select([output], [], [], POLL_EVERY_S)[0]
        click.echo(shown.read(), nl=False, err=True)
        if has_output:
            return print_first_line(process, output)
    raise EnvironmentUnfit(
        f"the system was not ready in {within_s:g} s and is being stopped; see {shown.name}"
    )


def print_first_line(process: subprocess.Popen[bytes], output: IO[bytes]) -> int:
    """Print the line that *process* has written and return 0, or return its exit code if it has ended."""
    if line := output.readline():
        click.echo(line, nl=False)
        return 0
    return process.wait(STOP_WITHIN_S) or 3
