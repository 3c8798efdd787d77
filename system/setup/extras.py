"""`python -m system.setup.extras all`: install the optional servers, or the named ones.

What cannot be built here is told with its reason, and the rest is installed all the same.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from system.clients.catalogue import CLIENTS
from system.servers.catalogue import SERVERS
from system.setup.extras_lock import ALL, LOCK, Extra, UnknownExtra, reason, wanted
from system.setup.meinheld_source import OtherSource

FINE, WRONG_USAGE, UNFIT, INTERRUPTED = 0, 2, 3, 130
INSTALLED_WITHIN_S = 30 * 60
LOGS = Path(sys.prefix) / "extras"
PIP = (sys.executable, "-m", "pip")
QUIET = ("--disable-pip-version-check", "--no-deps")
HERE = ("--no-build-isolation", "--no-cache-dir")
"""Built with the packages of the lock, and anew: pip may keep one that was built with other settings."""


def main(arguments: Sequence[str]) -> int:
    """Install what *arguments* ask for, print a line for each part, and return the exit code.

    With "all" it is fine that something cannot be built here; of what was named, everything has to be.
    """
    asked = ",".join(arguments)
    try:
        extras = wanted(asked, packages(), LOCK.read_text())
        failures = [_told(extra) for extra in extras].count(False)
    except UnknownExtra as error:
        print(f"error: {error}", file=sys.stderr)
        return WRONG_USAGE
    except KeyboardInterrupt:
        return INTERRUPTED
    tolerable = len(extras) - 1 if asked == ALL else 0
    return FINE if failures <= tolerable else UNFIT


def packages() -> dict[str, str | None]:
    """Return the package that each server and each client needs."""
    servers = {name: SERVERS.load(name).distribution for name in SERVERS}
    return servers | {name: CLIENTS.load(name).distribution for name in CLIENTS}


def _told(extra: Extra) -> bool:
    """Install *extra*, say what became of it, and return whether it is there."""
    parts = ", ".join(extra.parts)
    if is_installed(extra):
        print(f"{parts}: {extra.package} {extra.version} is there", flush=True)
        return True
    if extra.recipe.minutes:
        print(f"{parts}: building {extra.package}, some {extra.recipe.minutes} min", flush=True)
    failure = install(extra)
    outcome = f"not installed: {failure}" if failure else f"{extra.package} {extra.version} installed"
    print(f"{parts}: {outcome}", flush=True)
    return failure is None


def is_installed(extra: Extra) -> bool:
    """Return whether the package is there in the version of the lock."""
    try:
        return version(extra.package) == extra.version
    except PackageNotFoundError:
        return False


def install(extra: Extra) -> str | None:
    """Install what *extra* is built with, and then itself; return why that failed, or None."""
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{extra.package}.log"
    log.write_text("")
    *needs, own = extra.requirements
    failures = (_install(requirement, log) for requirement in needs)
    failure = next(filter(None, failures), None)
    if failure or extra.recipe.repair is None:
        return failure or _install(own, log)
    return _install_repaired(own, extra.recipe.repair, log)


def _install(requirement: str, log: Path) -> str | None:
    return _with_hashes(requirement, ("install", *QUIET, *HERE), log)


def _install_repaired(requirement: str, repair: Callable[[Path], None], log: Path) -> str | None:
    with tempfile.TemporaryDirectory() as folder:
        fetch = ("download", *QUIET, *HERE, "--no-binary", ":all:", "--dest", folder)
        if failure := _with_hashes(requirement, fetch, log):
            return failure
        (archive,) = Path(folder).glob("*.tar.gz")
        shutil.unpack_archive(archive, folder)
        source = Path(folder) / archive.name.removesuffix(".tar.gz")
        try:
            repair(source)
        except OtherSource as error:
            return str(error)
        return _run((*PIP, "install", *QUIET, *HERE, str(source)), log)


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
    return None if done.returncode == 0 else f"{reason(log.read_text())}; see {log}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
