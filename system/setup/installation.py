"""What setup has put on this machine, as a value."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from system.errors import Unfit
from system.setup import archives, cache, jars, java
from system.setup.jars import Jar
from system.setup.java import Java

KINDS = ("kafka", "flink")


@dataclass(frozen=True)
class Installation:
    """A usable *java*, and by kind ("kafka", "flink") the *jars* and such class *archives* as there are."""

    java: Java
    jars: Mapping[str, tuple[Path, ...]]
    archives: Mapping[str, Path]


def find(environment: Mapping[str, str]) -> Installation:
    """Return what is installed; raise `Unfit` where Java or a jar is missing, or a jar was altered."""
    folder, lock = cache.locate(environment), jars.read()
    refuse_broken(folder, lock)
    return of(java.find(environment), folder, lock)


def of(found: Java, folder: Path, lock: Iterable[Jar]) -> Installation:
    """Return the installation of the Java that was *found* and the jars of *lock* in the cache *folder*."""
    paths = {kind: tuple(jars.stored(folder, jar) for jar in lock if jar.kind == kind) for kind in KINDS}
    made = archives.locate(folder, found, paths)
    return Installation(found, paths, archives.present(made))


def refuse_broken(folder: Path, lock: Iterable[Jar]) -> None:
    """Raise `Unfit` for the first jar of *lock* that is missing in the cache *folder*, or altered since."""
    for jar in lock:
        # A jar that was only copied or touched has another time, and is the right one all the same.
        if not jars.is_intact(folder, jar) and not jars.verify(folder, jar):
            state = "altered" if jars.stored(folder, jar).exists() else "missing"
            raise Unfit(
                f"{jars.stored(folder, jar)} is {state}; run `{jars.SETUP}`, which fetches what is not right"
            )
