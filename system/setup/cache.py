"""The folder of what was fetched or made once, shared by all clones of one user."""

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from system.errors import Unfit

VARIABLE = "STATEFUN_BENCH_CACHE"
STALE_AFTER_S = 3600

TAG = "CACHEDIR.TAG"
TAG_CONTENT = "Signature: 8a477f597d28d172789f06886806bc55\n"
"""Backup programs pass over a folder that has this file (https://bford.info/cachedir/)."""


def locate(environment: Mapping[str, str]) -> Path:
    """Return the cache folder that *environment* names, by default `~/.cache/statefun-bench`.

    Raise `Unfit` where its path cannot stand in a class path.
    """
    cache = _named(environment).absolute()
    if os.pathsep in str(cache):
        refused = f"the cache folder {cache} has {os.pathsep!r} in its path, which Java cannot take"
        raise Unfit(f"{refused}; set {VARIABLE} to another")
    return cache


def _named(environment: Mapping[str, str]) -> Path:
    if environment.get(VARIABLE):
        return Path(environment[VARIABLE]).expanduser()
    parent = environment.get("XDG_CACHE_HOME") or Path(environment.get("HOME") or Path.home(), ".cache")
    return Path(parent) / "statefun-bench"


def make_writable(cache: Path) -> None:
    """Create *cache* and clear it of old remains; raise `Unfit` where nothing can be written there."""
    try:
        cache.mkdir(parents=True, exist_ok=True)
        write(cache, cache / TAG, lambda part: part.write_text(TAG_CONTENT))
    except OSError as error:
        refusal = f"the cache folder {cache} cannot be written ({error.strerror})"
        raise Unfit(f"{refusal}; set {VARIABLE} to a folder that can") from error
    _discard_stale_parts(cache)


def write(cache: Path, target: Path, fill: Callable[[Path], object]) -> None:
    """Let *fill* make a file of *cache* under a temporary name, and only then give it the name *target*.

    Whoever is interrupted, or does the same at the same time, leaves no half of a file under that name.
    """
    with part_folder(cache) as name:
        part = Path(name, target.name)
        fill(part)
        target.parent.mkdir(parents=True, exist_ok=True)
        part.replace(target)


def put(made: Path, target: Path) -> None:
    """Give the folder *made* the name *target*, in place of what is there."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(target, ignore_errors=True)
    made.rename(target)


def part_folder(cache: Path) -> tempfile.TemporaryDirectory[str]:
    """Return a new folder of *cache* for what is not finished yet."""
    parts = cache / "parts"
    parts.mkdir(exist_ok=True)
    return tempfile.TemporaryDirectory(dir=parts)


def _discard_stale_parts(cache: Path) -> None:
    # Left by someone who was killed.
    for part in (cache / "parts").glob("*"):
        if time.time() - part.stat().st_mtime > STALE_AFTER_S:
            shutil.rmtree(part, ignore_errors=True)
