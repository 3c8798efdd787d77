"""The command `python -m system.setup`: download missing jars and make the class archives.

It checks and keeps what is there already, so it can be repeated, and interrupted, at any time.
"""

import contextlib
import io
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from system.errors import EnvironmentUnfit
from system.runtime.jvm import KINDS, Installation
from system.setup import archives, cache, installation, jars, java, make_archives
from system.setup.jars import Download, Jar

FINE, UNFIT, INTERRUPTED = 0, 3, 130


def main() -> int:
    """Set up this machine and return the exit code."""
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    try:
        set_up(console)
    except EnvironmentUnfit as error:
        console.print(f"error: {error}", markup=False)
        return UNFIT
    except KeyboardInterrupt:
        console.print("interrupted; run it again to continue")
        return INTERRUPTED
    return FINE


def set_up(console: Console) -> None:
    """Install everything that the system needs to start; raise `EnvironmentUnfit` if that fails."""
    root, lock = cache.locate(os.environ), jars.read()
    found = java.find(os.environ)
    fetch_missing(root, lock, jars.download, console)
    archive(installation.of(found, root, lock), root, console)


def fetch_missing(root: Path, lock: tuple[Jar, ...], download: Download, console: Console) -> None:
    """Fetch the jars of *lock* that are not in the cache *root*, with *download*."""
    missing = jars.missing(root, lock)
    if not missing:
        return
    cache.make_writable(root)
    arrivals = (jar.size_bytes for jar in jars.fetch(root, missing, download))
    total_bytes = sum(jar.size_bytes for jar in missing)
    # `download` prints a line per jar.
    with contextlib.redirect_stdout(io.StringIO()):
        show_progress(console, f"fetching {len(missing)} jars", total_bytes, arrivals)


def archive(installed: Installation, root: Path, console: Console) -> None:
    """Make the class archives of *installed* if they are missing; print a line if that fails."""
    folder = archives.locate(root, installed.java, installed.jars)
    if all(kind in installed.archives for kind in KINDS):
        return
    try:
        make_archives.make(installed, root, folder, console.print)
    except make_archives.NotArchived as error:
        console.print(f"class archives: not made, so each start takes longer ({error})", markup=False)
    archives.discard_others(folder, installed.java)


LINES = 5
MEGABYTE = 1_000_000


def show_progress(console: Console, label: str, total_bytes: int, arrivals: Iterable[int]) -> None:
    """Consume *arrivals*, the sizes of the files as they arrive, and show their sum out of *total_bytes*."""
    show = _show_bar if console.is_terminal else _show_lines
    show(console, label, total_bytes, arrivals)


def _show_bar(console: Console, label: str, total_bytes: int, arrivals: Iterable[int]) -> None:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(label, total=total_bytes)
        for arrived in arrivals:
            progress.advance(task, arrived)


def _show_lines(console: Console, label: str, total_bytes: int, arrivals: Iterable[int]) -> None:
    done_bytes, lines = 0, 0
    for arrived in arrivals:
        done_bytes += arrived
        if done_bytes * LINES // total_bytes > lines:
            lines = done_bytes * LINES // total_bytes
            console.print(f"{label}: {done_bytes // MEGABYTE} of {total_bytes // MEGABYTE} MB")


if __name__ == "__main__":
    sys.exit(main())
