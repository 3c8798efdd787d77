"""Finds what setup has installed: a usable Java, the jars, and the class archives if they were made."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from system.errors import EnvironmentUnfit
from system.runtime.jvm import KINDS, Installation, Java
from system.setup import archives, cache, jars, java
from system.setup.jars import Jar


def find(environment: Mapping[str, str], needed: tuple[Jar, ...] | None = None) -> Installation:
    """Return what is installed of the *needed* jars, by default all that the system needs.

    Raise `EnvironmentUnfit` if Java or a jar is missing, or a jar is altered.
    """
    folder, lock = cache.locate(environment), needed or jars.read()
    refuse_broken(folder, lock)
    return of(java.find(environment), folder, lock)


def of(found: Java, folder: Path, lock: Iterable[Jar]) -> Installation:
    """Return the installation of the Java that was *found* and the jars of *lock* in the cache *folder*."""
    paths = {kind: tuple(jars.stored(folder, jar) for jar in lock if jar.kind == kind) for kind in KINDS}
    return Installation(found, paths, archives.present(archives.locate(folder, found, paths)))


def refuse_broken(folder: Path, lock: Iterable[Jar]) -> None:
    """Raise `EnvironmentUnfit` for the first jar of *lock* that is missing or altered in *folder*."""
    for jar in lock:
        # A jar that was only copied or touched has another time, but the right content.
        if not jars.is_intact(folder, jar) and not jars.verify(folder, jar):
            state = "altered" if jars.stored(folder, jar).exists() else "missing"
            raise EnvironmentUnfit(
                f"{jars.stored(folder, jar)} is {state}; run `{jars.SETUP}`, which fetches it again"
            )
