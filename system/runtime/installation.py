"""What `make setup` has put on this machine, as a value."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from system.runtime.java import Java


@dataclass(frozen=True)
class Installation:
    """A usable *java*, the *jars* of each kind ("kafka", "flink"), and the class *archives* that there are."""

    java: Java
    jars: Mapping[str, tuple[Path, ...]]
    archives: Mapping[str, Path]


def find(environment: Mapping[str, str]) -> Installation:
    """Return what is installed; raise `Unfit` where something is missing or altered."""
    raise NotImplementedError
