"""`python -m system.runtime.setup`: fetch the jars that are missing, and make the class archives.

What is there already is checked and kept, so that it can be run, and interrupted, at any time.
"""

import contextlib
import io
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console

from system.runtime import archives, archiving, cache, central, installation, jar_lock, jars, java, progress
from system.runtime.installation import KINDS, Installation
from system.runtime.jar_lock import Jar
from system.runtime.jars import Download
from system.runtime.unfit import Unfit

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
    root, lock = cache.locate(os.environ), jar_lock.read()
    found = java.find(os.environ)
    fetch_missing(root, lock, central.download, console)
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
        progress.show(console, f"fetching {len(missing)} jars", _bytes(missing), arrivals)


def archive(installed: Installation, root: Path, console: Console) -> None:
    """Make the class archives of what is *installed*, unless they are there; say so where that fails."""
    folder = archives.locate(root, installed.java, installed.jars)
    if all(kind in installed.archives for kind in KINDS):
        return
    try:
        archiving.make(installed, root, folder, console.print)
    except archiving.NotArchived as error:
        console.print(f"class archives: not made, so each start takes longer ({error})", markup=False)
    archives.discard_others(folder, installed.java)


def _bytes(several: Iterable[Jar]) -> int:
    return sum(jar.size_bytes for jar in several)


if __name__ == "__main__":
    sys.exit(main())
