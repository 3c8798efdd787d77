"""The command line of a Java process."""

import os
from pathlib import Path

from system.runtime.archives import BASE
from system.runtime.installation import Installation

QUIET = ("-Xlog:disable", "-Xlog:all=error:stderr")
"""A class archive that does not fit is passed over; the warning about it would only worry."""

ALWAYS = ("-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError", "-XX:-UsePerfData", "-Xshare:auto", *QUIET)
"""The serial collector needs least memory and threads; a process out of memory is better started again."""


def arguments(
    installation: Installation, kind: str, logs: Path, tier: int, flags: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the command up to the main class, for the jars of *kind*.

    Should Java itself crash, its report goes to *logs*, not to where the caller stands. *tier* is the last
    compiler tier in use: 1 starts quickest, 4 optimises hot code further.
    """
    shared = [str(installation.archives[part]) for part in (BASE, kind) if part in installation.archives]
    archives = (f"-XX:SharedArchiveFile={os.pathsep.join(shared)}",) if kind in installation.archives else ()
    crash = ("-XX:-CreateCoredumpOnCrash", f"-XX:ErrorFile={logs}/{kind}-crash-%p.log")
    compiler = f"-XX:TieredStopAtLevel={tier}"
    return (str(installation.java.command), *ALWAYS, *archives, *crash, compiler, *flags)


def environment(installation: Installation, kind: str) -> dict[str, str]:
    """Return what the process of *kind* needs in its environment.

    The class path is given there, so that a list of processes stays readable. Two malloc arenas keep
    RocksDB's native threads from holding 64 MiB each.
    """
    return {
        "CLASSPATH": os.pathsep.join(map(str, installation.jars[kind])),
        "MALLOC_ARENA_MAX": "2",
        "LC_ALL": "C.UTF-8",
    }
