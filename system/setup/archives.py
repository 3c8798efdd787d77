"""Class archives (AppCDS): the classes that a Java process loads at its start, in a form that loads faster.

Java accepts an archive only together with the Java and the jars that it was made with, so each such pair has
its own folder. A process whose archive is missing or does not fit starts too, only slower.
"""

import hashlib
import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from system.runtime.jvm import Java
from system.setup.cache import mark_verified

MADE = "made.json"
"""The file in each folder that lists its Java and its archives, with sizes and modification times."""


def locate(cache: Path, java: Java, jars: Mapping[str, tuple[Path, ...]]) -> Path:
    """Return the folder below *cache* for the archives of *java* and *jars*; the path identifies a jar."""
    paths = [[kind, *map(str, of_kind)] for kind, of_kind in jars.items()]
    modules = _in_seconds(java.home / "lib" / "modules")
    identity = json.dumps([str(java.home), java.version, modules, paths])
    return cache / "archives" / hashlib.sha256(identity.encode()).hexdigest()[:16]


def of(folder: Path, kind: str) -> Path:
    """Return the path of the archive of *kind*, whether it exists or not."""
    return folder / f"{kind}.jsa"


def present(folder: Path) -> dict[str, Path]:
    """Return the archives in *folder* by kind, or none if any of them has changed since it was made.

    Java can crash on an archive that is incomplete or altered.
    """
    files = _made(folder).get("files", {})
    intact = all(_state(folder / name) == state for name, state in files.items())
    return {Path(name).stem: folder / name for name in files} if intact else {}


def declare(folder: Path, java: Java, kinds: Iterable[str]) -> None:
    """Record that the archives in *folder* are complete and made for *java*.

    Raise `FileNotFoundError` if one of *kinds* is missing.
    """
    for file in folder.glob("*.jsa"):
        mark_verified(file)
    files = {file.name: _state(file) for file in folder.glob("*.jsa")}
    for kind in kinds:
        if of(folder, kind).name not in files:
            raise FileNotFoundError(f"Java wrote no {of(folder, kind).name}")
    (folder / MADE).write_text(json.dumps({"java_home": str(java.home), "files": files}))


def discard_others(folder: Path, java: Java) -> None:
    """Delete the archives next to *folder* that are of an earlier *java*, or of a Java that is gone."""
    for other in folder.parent.glob("*"):
        home = _made(other).get("java_home")
        if other != folder and home is not None and _is_obsolete(Path(home), java):
            shutil.rmtree(other, ignore_errors=True)


def _made(folder: Path) -> dict[str, Any]:
    try:
        made = json.loads((folder / MADE).read_text())
    except (OSError, ValueError):
        return {}
    return made if isinstance(made, dict) else {}


def _is_obsolete(home: Path, java: Java) -> bool:
    return home == java.home or not home.exists()


def _in_seconds(file: Path) -> list[int] | None:
    # Java compares whole seconds, and a container image stores no fractions.
    state = _state(file)
    return state and [state[0], state[1] // 10**9]


def _state(file: Path) -> list[int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return [found.st_size, found.st_mtime_ns]
