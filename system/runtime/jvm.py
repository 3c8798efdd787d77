"""The command line of a Java process."""

import os
from collections.abc import Mapping
from pathlib import Path

from system.setup.archives import BASE
from system.setup.installation import Installation


def render_properties(values: Mapping[str, str]) -> str:
    """Return *values* as a properties file; Java reads such a file as Latin-1, so all else is escaped."""
    return "".join(f"{key}={_escape(value)}\n" for key, value in values.items())


def _escape(value: str) -> str:
    return "".join(map(_escape_character, value))


def _escape_character(character: str) -> str:
    if character == "\\":
        return "\\\\"
    units = character.encode("utf-16-be").hex(" ", 2).split()
    return character if character.isascii() else "".join(f"\\u{unit}" for unit in units)


PATTERN = "%d{ISO8601} %-5p %c{1.} %m%n"


def render_log4j(levels: Mapping[str, str]) -> str:
    """Return log4j2.properties; *levels* maps a logger's name to a level other than info."""
    fixed = {
        "status": "error",
        "appender.out.type": "Console",
        "appender.out.name": "out",
        "appender.out.layout.type": "PatternLayout",
        "appender.out.layout.pattern": PATTERN,
        "rootLogger.level": "info",
        "rootLogger.appenderRef.out.ref": "out",
    }
    for number, (logger, level) in enumerate(levels.items()):
        fixed |= {f"logger.l{number}.name": logger, f"logger.l{number}.level": level}
    return render_properties(fixed)


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
