"""Java processes: what has to be installed for them, their command lines and their settings files."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

KINDS = ("kafka", "flink")
"""The kinds of Java processes; each has its own jars."""

BASE = "base"
"""The kind of the class archive of Java's own classes, for a Java that comes without one."""


@dataclass(frozen=True)
class Java:
    """A usable Java: its *home*, its *command* and its *version* ("17.0.9")."""

    home: Path
    command: Path
    version: str


@dataclass(frozen=True)
class Installation:
    """The files of a Java process on this machine: *java*, its *jars* by kind, its class *archives* by kind.

    An archive that is missing costs nothing but time at each start.
    """

    java: Java
    jars: Mapping[str, tuple[Path, ...]]
    archives: Mapping[str, Path]


QUIET = ("-Xlog:disable", "-Xlog:all=error:stderr")
"""Java ignores a class archive that does not fit; this suppresses its warning, which needs no action."""

ALWAYS = ("-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError", "-XX:-UsePerfData", "-Xshare:auto", *QUIET)
"""The serial collector needs the least memory and threads. A process out of memory ends and is restarted."""


def arguments(
    installation: Installation, kind: str, logs: Path, tier: int, flags: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the command line of a process of *kind*, up to the main class.

    If Java itself crashes, its report goes to *logs* instead of the working directory. *tier* is the highest
    compiler tier in use: 1 starts quickest, 4 optimises hot code further.
    """
    shared = [str(installation.archives[part]) for part in (BASE, kind) if part in installation.archives]
    archives = (f"-XX:SharedArchiveFile={os.pathsep.join(shared)}",) if kind in installation.archives else ()
    crash = ("-XX:-CreateCoredumpOnCrash", f"-XX:ErrorFile={logs}/{kind}-crash-%p.log")
    compiler = f"-XX:TieredStopAtLevel={tier}"
    return (str(installation.java.command), *ALWAYS, *archives, *crash, compiler, *flags)


def environment(installation: Installation, kind: str) -> dict[str, str]:
    """Return the environment variables of a process of *kind*.

    The class path is one of them, so that a process list stays readable. Two malloc arenas keep RocksDB's
    native threads from holding 64 MiB each.
    """
    return {
        "CLASSPATH": os.pathsep.join(map(str, installation.jars[kind])),
        "MALLOC_ARENA_MAX": "2",
        "LC_ALL": "C.UTF-8",
    }


PATTERN = "%d{ISO8601} %-5p %c{1.} %m%n"


def render_log4j(levels: Mapping[str, str]) -> str:
    """Return log4j2.properties; *levels* maps the names of loggers to levels other than info."""
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


def render_properties(values: Mapping[str, str]) -> str:
    """Return *values* as a properties file. Java reads it as Latin-1, so other characters are escaped."""
    return "".join(f"{key}={_escape(value)}\n" for key, value in values.items())


def _escape(value: str) -> str:
    return "".join(map(_escape_character, value))


def _escape_character(character: str) -> str:
    if character == "\\":
        return "\\\\"
    units = character.encode("utf-16-be").hex(" ", 2).split()
    return character if character.isascii() else "".join(f"\\u{unit}" for unit in units)
