"""Class archives (AppCDS): what a Java process loads at its start, laid out so that it is not parsed again.

Java takes an archive only for the very Java and the very jars that it was made with, so each such pair has
a folder of its own. A process whose archive is missing or does not fit starts all the same, only slower.
"""

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from system.runtime.java import Java

MADE_FOR = "java-home"
"""The file in each folder that names the Java it was made with."""


def locate(cache: Path, java: Java, jars: Mapping[str, tuple[Path, ...]]) -> Path:
    """Return where below *cache* the archives of *java* and *jars* lie; a jar is told by its path."""
    paths = [[kind, *map(str, of_kind)] for kind, of_kind in jars.items()]
    identity = json.dumps([str(java.home), java.version, _state(java), paths])
    return cache / "archives" / hashlib.sha256(identity.encode()).hexdigest()[:16]


def of(folder: Path, kind: str) -> Path:
    """Return where the archive of *kind* lies, be it there or not."""
    return folder / f"{kind}.jsa"


def present(folder: Path) -> dict[str, Path]:
    """Return the archives in *folder* by kind, none where there is no such folder."""
    return {file.stem: file for file in folder.glob("*.jsa")}


def discard_others(folder: Path, java: Java) -> None:
    """Delete the archives beside *folder* of what *java* was earlier, and of a Java that is gone."""
    for other in folder.parent.glob("*"):
        home = other / MADE_FOR
        if other != folder and home.exists() and _is_past(Path(home.read_text()), java):
            shutil.rmtree(other, ignore_errors=True)


def _is_past(home: Path, java: Java) -> bool:
    return home == java.home or not home.exists()


def _state(java: Java) -> list[int]:
    modules = java.home / "lib" / "modules"
    seen = (modules if modules.exists() else java.command).stat()
    return [seen.st_size, seen.st_mtime_ns]
