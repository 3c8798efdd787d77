"""Class archives (AppCDS): what a Java process loads at its start, laid out so that it is not parsed again.

Java takes an archive only for the very Java and the very jars that it was made with, so each such pair has
a folder of its own. A process whose archive is missing or does not fit starts all the same, only slower.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from system.setup.java import Java

BASE = "base"
"""The kind of the archive of Java's own classes, where Java comes without one."""

MADE = "made.json"
"""The file in each folder that names the Java and the archives, with their size and time of modification."""

MADE_NS = 946_684_800 * 10**9
"""The time of modification that a finished archive gets; whoever alters it later alters this too.

Whole seconds, since a container's image keeps no more of a time.
"""


def locate(cache: Path, java: Java, jars: Mapping[str, tuple[Path, ...]]) -> Path:
    """Return where below *cache* the archives of *java* and *jars* lie; a jar is told by its path."""
    paths = [[kind, *map(str, of_kind)] for kind, of_kind in jars.items()]
    modules = _in_seconds(java.home / "lib" / "modules")
    identity = json.dumps([str(java.home), java.version, modules, paths])
    return cache / "archives" / hashlib.sha256(identity.encode()).hexdigest()[:16]


def of(folder: Path, kind: str) -> Path:
    """Return where the archive of *kind* lies, be it there or not."""
    return folder / f"{kind}.jsa"


def present(folder: Path) -> dict[str, Path]:
    """Return the archives in *folder* by kind, none unless all are as they were made.

    Java can crash on one that was cut off or altered.
    """
    files = _made(folder).get("files", {})
    intact = all(_state(folder / name) == state for name, state in files.items())
    return {Path(name).stem: folder / name for name in files} if intact else {}


def declare(folder: Path, java: Java, kinds: Iterable[str]) -> None:
    """Declare the archives in *folder* as complete, and made for *java*.

    Raise `FileNotFoundError` where one of *kinds* is missing.
    """
    for file in folder.glob("*.jsa"):
        os.utime(file, ns=(MADE_NS, MADE_NS))
    files = {file.name: _state(file) for file in folder.glob("*.jsa")}
    for kind in kinds:
        if of(folder, kind).name not in files:
            raise FileNotFoundError(f"Java wrote no {of(folder, kind).name}")
    (folder / MADE).write_text(json.dumps({"java_home": str(java.home), "files": files}))


def discard_others(folder: Path, java: Java) -> None:
    """Delete the archives beside *folder* of what *java* was earlier, and of a Java that is gone."""
    for other in folder.parent.glob("*"):
        home = _made(other).get("java_home")
        if other != folder and home is not None and _is_past(Path(home), java):
            shutil.rmtree(other, ignore_errors=True)


def _made(folder: Path) -> dict[str, Any]:
    try:
        made = json.loads((folder / MADE).read_text())
    except (OSError, ValueError):
        return {}
    return made if isinstance(made, dict) else {}


def _is_past(home: Path, java: Java) -> bool:
    return home == java.home or not home.exists()


def _in_seconds(file: Path) -> list[int] | None:
    # As Java looks at it; a container's image keeps no more of a time.
    state = _state(file)
    return state and [state[0], state[1] // 10**9]


def _state(file: Path) -> list[int] | None:
    try:
        seen = file.stat()
    except OSError:
        return None
    return [seen.st_size, seen.st_mtime_ns]
