"""`python -m system.setup`: fetch the jars that are missing, and make the class archives.

What is there already is checked and kept, so that it can be run, and interrupted, at any time.
"""

import contextlib
import io
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from system.errors import Unfit
from system.setup import archives, cache, installation, jars, java, make_archives
from system.setup.installation import KINDS, Installation
from system.setup.jars import Download, Jar

LINES = 5
MEGABYTE = 1_000_000


def show(console: Console, label: str, total_bytes: int, arrivals: Iterable[int]) -> None:
    """Go through *arrivals*, the bytes that came with each file, and show their sum beside *total_bytes*."""
    shown = _bar if console.is_terminal else _lines
    shown(console, label, total_bytes, arrivals)


def _bar(console: Console, label: str, total_bytes: int, arrivals: Iterable[int]) -> None:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(label, total=total_bytes)
        for arrived in arrivals:
            progress.advance(task, arrived)


def _lines(console: Console, label: str, total_bytes: int, arrivals: Iterable[int]) -> None:
    there, told = 0, 0
    for arrived in arrivals:
        there += arrived
        if there * LINES // total_bytes > told:
            told = there * LINES // total_bytes
            console.print(f"{label}: {there // MEGABYTE} of {total_bytes // MEGABYTE} MB")


FINE, UNFIT, INTERRUPTED = 0, 3, 130


def main() -> int:
    """Set this machine up, and return the exit code."""
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    try:
        set_up(console)
    except Unfit as error:
        console.print(f"error: {error}", markup=False)
        return UNFIT
    except KeyboardInterrupt:
        console.print("interrupted; run it again, and it goes on where it ended")
        return INTERRUPTED
    return FINE


def set_up(console: Console) -> None:
    """Bring this machine to where the system can start; raise `Unfit` where that cannot be done."""
    root, lock = cache.locate(os.environ), jars.read()
    found = java.find(os.environ)
    fetch_missing(root, lock, jars.download, console)
    archive(installation.of(found, root, lock), root, console)


def fetch_missing(root: Path, lock: tuple[Jar, ...], download: Download, console: Console) -> None:
    """Fetch the jars of *lock* that the cache *root* does not have, with *download*."""
    missing = jars.missing(root, lock)
    if not missing:
        return
    cache.make_writable(root)
    arrivals = (jar.size_bytes for jar in jars.fetch(root, missing, download))
    # The package that downloads prints a line for each jar.
    with contextlib.redirect_stdout(io.StringIO()):
        show(console, f"fetching {len(missing)} jars", _bytes(missing), arrivals)


def archive(installed: Installation, root: Path, console: Console) -> None:
    """Make the class archives of what is *installed*, unless they are there; say so where that fails."""
    folder = archives.locate(root, installed.java, installed.jars)
    if all(kind in installed.archives for kind in KINDS):
        return
    try:
        make_archives.make(installed, root, folder, console.print)
    except make_archives.NotArchived as error:
        console.print(f"class archives: not made, so each start takes longer ({error})", markup=False)
    archives.discard_others(folder, installed.java)


def _bytes(several: Iterable[Jar]) -> int:
    return sum(jar.size_bytes for jar in several)


if __name__ == "__main__":
    sys.exit(main())
