"""The command `python -m system.setup.extras all|NAME,...`: install the packages of optional servers.

A package that cannot be built on this machine is reported with the reason, and the others are installed.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from system.clients.catalogue import CLIENTS
from system.servers.catalogue import SERVERS
from system.setup.extras_recipes import ALL, LOCK, Extra, UnknownExtra, select
from system.setup.meinheld_source import UnexpectedSource

FINE, WRONG_USAGE, UNFIT, INTERRUPTED = 0, 2, 3, 130
INSTALLED_WITHIN_S = 30 * 60
LOGS = Path(sys.prefix) / "extras"
PIP = (sys.executable, "-m", "pip")
QUIET = ("--disable-pip-version-check", "--no-deps")
BUILD_LOCALLY = ("--no-build-isolation", "--no-cache-dir")
"""Build with the packages of the lock, and without pip's cache: that may hold a build with other settings."""


def main(arguments: Sequence[str]) -> int:
    """Install the extras that *arguments* name, print a line for each, and return the exit code.

    With "all" the exit code is 0 if at least one could be installed; with names, if all of them could.
    """
    names = ",".join(arguments)
    try:
        extras = select(names, packages(), LOCK.read_text())
        failures = [install_and_report(extra) for extra in extras].count(False)
    except UnknownExtra as error:
        print(f"error: {error}", file=sys.stderr)
        return WRONG_USAGE
    except KeyboardInterrupt:
        return INTERRUPTED
    tolerable = len(extras) - 1 if names == ALL else 0
    return FINE if failures <= tolerable else UNFIT


def packages() -> dict[str, str | None]:
    """Return the package of each server and each client."""
    servers = {name: SERVERS.load(name).distribution for name in SERVERS}
    return servers | {name: CLIENTS.load(name).distribution for name in CLIENTS}


def install_and_report(extra: Extra) -> bool:
    """Install *extra* unless it is installed, print the outcome, and return whether it is installed now."""
    parts = ", ".join(extra.parts)
    if is_installed(extra):
        print(f"{parts}: {extra.package} {extra.version} is installed already", flush=True)
        return True
    if extra.recipe.minutes:
        print(f"{parts}: building {extra.package}, some {extra.recipe.minutes} min", flush=True)
    failure = install(extra)
    outcome = f"not installed: {failure}" if failure else f"{extra.package} {extra.version} installed"
    print(f"{parts}: {outcome}", flush=True)
    return failure is None


def is_installed(extra: Extra) -> bool:
    """Return whether the package is installed in the version of the lock."""
    try:
        return version(extra.package) == extra.version
    except PackageNotFoundError:
        return False


def install(extra: Extra) -> str | None:
    """Install the packages that *extra* is built with, then *extra*; return why that failed, or None."""
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{extra.package}.log"
    log.write_text("")
    *needs, own = extra.requirements
    failures = (_install(requirement, log) for requirement in needs)
    failure = next(filter(None, failures), None)
    if failure or extra.recipe.patch is None:
        return failure or _install(own, log)
    return _install_patched(own, extra.recipe.patch, log)


def _install(requirement: str, log: Path) -> str | None:
    return _with_hashes(requirement, ("install", *QUIET, *BUILD_LOCALLY), log)


def _install_patched(requirement: str, patch: Callable[[Path], None], log: Path) -> str | None:
    with tempfile.TemporaryDirectory() as folder:
        fetch = ("download", *QUIET, *BUILD_LOCALLY, "--no-binary", ":all:", "--dest", folder)
        if failure := _with_hashes(requirement, fetch, log):
            return failure
        (archive,) = Path(folder).glob("*.tar.gz")
        shutil.unpack_archive(archive, folder)
        source = Path(folder) / archive.name.removesuffix(".tar.gz")
        try:
            patch(source)
        except UnexpectedSource as error:
            return str(error)
        return _run((*PIP, "install", *QUIET, *BUILD_LOCALLY, str(source)), log)


def _with_hashes(requirement: str, command: Sequence[str], log: Path) -> str | None:
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as requirements:
        requirements.write(requirement)
        requirements.flush()
        return _run((*PIP, *command, "--require-hashes", "-r", requirements.name), log)


def _run(command: Sequence[str], log: Path) -> str | None:
    try:
        with log.open("a") as output:
            done = subprocess.run(
                command, stdout=output, stderr=output, timeout=INSTALLED_WITHIN_S, check=False
            )
    except subprocess.TimeoutExpired:
        return f"it took more than {INSTALLED_WITHIN_S // 60} min; see {log}"
    return None if done.returncode == 0 else f"{failure_reason(log.read_text())}; see {log}"


def failure_reason(output: str) -> str:
    """Return the line of pip's *output* that best explains why it failed."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if "error:" in line.lower() and not re.match("error: [a-z-]+$", line)]
    # pip's own summary, "ERROR: ...", explains less than the errors of the build.
    candidates = [line for line in errors if not line.startswith("ERROR:")] or errors or lines
    return candidates[-1] if candidates else "it printed nothing"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
