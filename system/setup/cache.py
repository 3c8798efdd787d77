"""The cache folder: everything that was fetched or made once, shared by all clones of a user."""

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from system.errors import EnvironmentUnfit

VARIABLE = "STATEFUN_BENCH_CACHE"
STALE_AFTER_S = 3600

TAG = "CACHEDIR.TAG"
TAG_CONTENT = "Signature: 8a477f597d28d172789f06886806bc55\n"
"""Backup programs skip a folder with this file (https://bford.info/cachedir/)."""

VERIFIED_NS = 946_684_800 * 10**9
"""The modification time that a file gets once its content was verified.

Any later change sets another time, so a check of time and size suffices at each start. It is the same for all
files, because Java's class archives depend on the times of the jars. It is in whole seconds, because a
container image stores no fractions.
"""


def locate(environment: Mapping[str, str]) -> Path:
    """Return the cache folder that *environment* names, by default `~/.cache/statefun-bench`.

    Raise `EnvironmentUnfit` if its path cannot be part of a class path.
    """
    cache = _named(environment).absolute()
    if os.pathsep in str(cache):
        problem = f"the cache folder {cache} has {os.pathsep!r} in its path, which Java cannot take"
        raise EnvironmentUnfit(f"{problem}; set {VARIABLE} to another")
    return cache


def _named(environment: Mapping[str, str]) -> Path:
    if environment.get(VARIABLE):
        return Path(environment[VARIABLE]).expanduser()
    parent = environment.get("XDG_CACHE_HOME") or Path(environment.get("HOME") or Path.home(), ".cache")
    return Path(parent) / "statefun-bench"


def make_writable(cache: Path) -> None:
    """Create *cache* and delete old unfinished files; raise `EnvironmentUnfit` if it cannot be written."""
    try:
        cache.mkdir(parents=True, exist_ok=True)
        write(cache, cache / TAG, lambda part: part.write_text(TAG_CONTENT))
    except OSError as error:
        problem = f"the cache folder {cache} cannot be written ({error.strerror})"
        raise EnvironmentUnfit(f"{problem}; set {VARIABLE} to a folder that can") from error
    _discard_stale_parts(cache)


def write(cache: Path, target: Path, fill: Callable[[Path], object]) -> None:
    """Let *fill* write a temporary file of *cache*, and rename it to *target* when it is complete.

    So neither an interruption nor a second process that does the same leaves an incomplete *target*.
    """
    with part_folder(cache) as name:
        part = Path(name, target.name)
        fill(part)
        target.parent.mkdir(parents=True, exist_ok=True)
        part.replace(target)


def put(made: Path, target: Path) -> None:
    """Move the folder *made* to *target*, replacing what is there."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(target, ignore_errors=True)
    made.rename(target)


def part_folder(cache: Path) -> tempfile.TemporaryDirectory[str]:
    """Return a new folder of *cache* for unfinished files."""
    parts = cache / "parts"
    parts.mkdir(exist_ok=True)
    return tempfile.TemporaryDirectory(dir=parts)


def mark_verified(file: Path) -> None:
    """Give *file* the modification time of verified files."""
    os.utime(file, ns=(VERIFIED_NS, VERIFIED_NS))


def _discard_stale_parts(cache: Path) -> None:
    # Left by a process that was killed.
    for part in (cache / "parts").glob("*"):
        if time.time() - part.stat().st_mtime > STALE_AFTER_S:
            shutil.rmtree(part, ignore_errors=True)
