"""Another version of this code: its worktree, its packages and its jars, kept for the next run against it."""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.results.command_lines import SystemProgram, short
from benchmarks.results.store.schema import Against
from benchmarks.run_document import UnfitError
from benchmarks.subprocesses import SubprocessError, output_of

FOLDER = Path(".statefun-bench") / "against"
"""Of worktrees and virtual environments, in the checkout: ignored by Git, removed by `make clean`."""

PACKAGES_LOCK = Path("requirements.lock")
JARS_LOCKS = (Path("system/setup/jars.lock"), Path("system/runtime/jars.lock"))
"""Where a version has the list of its jars; older ones have the second."""
SETUPS = {
    Path("system/setup/__main__.py"): "system.setup",
    Path("system/runtime/setup.py"): "system.runtime.setup",
}
"""File of a version's own setup -> its module."""

INSTALLED = "installed"
"""The file in a virtual environment that was installed to its end."""

GIT_WITHIN_S = 300.0
INSTALL_WITHIN_S = 1800.0

Show = Callable[[str], None]


@dataclass(frozen=True)
class OtherVersion:
    """A version that can be started beside the working tree's."""

    against: Against
    program: SystemProgram


def other_version(checkout: Path, ref: str, words: Sequence[str], show: Show) -> OtherVersion:
    """Prepare the version *ref* of the Git repository around *checkout* for measurement.

    *words* start the system of the working tree; *show* gets a line per step that takes long. Raise
    `UnfitError` where there is no such version, or it cannot be installed.
    """
    prefix = _prefix(checkout)
    commit, subject = _commit(checkout, ref)
    store = checkout.absolute() / FOLDER
    tree = worktree(checkout, commit, store / commit, show) / prefix
    python = _own_python(checkout, tree, commit, store, show)
    own_words = [str(python), *words[1:]] if python else list(words)
    against = Against(ref=ref, commit=commit, subject=subject, own_packages=python is not None)
    return OtherVersion(against, SystemProgram(own_words, tree))


def worktree(checkout: Path, commit: str, tree: Path, show: Show) -> Path:
    """Check *commit* out into *tree*, or check that it is there unchanged; return *tree*."""
    if not tree.exists():
        show(f"checking {short(commit)} out into {tree}")
        # The hooks are the user's, for branches that somebody works on; a stale entry of *tree* is replaced.
        options = ["-c", "core.hooksPath=/dev/null"]
        _git(checkout, *options, "worktree", "add", "--force", "--detach", str(tree), commit)
        return tree
    if _git(tree, "rev-parse", "HEAD") != commit or _git(tree, "status", "--porcelain"):
        raise UnfitError(
            f"{tree} is not {short(commit)} as it was committed; remove it with: "
            f"git worktree remove --force {tree}",
            3,
        )
    return tree


def locks(tree: Path) -> str:
    """Return a digest of the lists of packages and jars of the version in *tree*."""
    files = [PACKAGES_LOCK, next((file for file in JARS_LOCKS if (tree / file).exists()), JARS_LOCKS[0])]
    texts = [(tree / file).read_bytes() if (tree / file).exists() else b"" for file in files]
    return hashlib.sha256(b"\0".join(texts)).hexdigest()[:16]


def _own_python(checkout: Path, tree: Path, commit: str, store: Path, show: Show) -> Path | None:
    """Return the Python with the packages of *tree*; None where they are those of *checkout*.

    Class archives belong to one Java and one list of jars, and a setup deletes those of its Java with other
    jars. Hence other jars too need an environment, and with it a Java, of their own.
    """
    if locks(tree) == locks(checkout):
        return None
    environment = store / f"packages-{locks(tree)}"
    python = environment / "bin" / "python"
    if not (environment / INSTALLED).exists():
        show(f"installing the packages and jars of {short(commit)} into {environment}")
        _install(environment, python, tree, commit)
        (environment / INSTALLED).touch()
    return python


def _install(environment: Path, python: Path, tree: Path, commit: str) -> None:
    shutil.rmtree(environment, ignore_errors=True)
    pip = [
        str(python),
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--no-deps",
        "--require-hashes",
    ]
    steps = [[sys.executable, "-m", "venv", str(environment)], [*pip, "-r", str(tree / PACKAGES_LOCK)]]
    steps += [[str(python), "-m", module] for file, module in SETUPS.items() if (tree / file).exists()][:1]
    for step in steps:
        try:
            output_of(step, INSTALL_WITHIN_S, tree)
        except SubprocessError as error:
            raise UnfitError(f"{short(commit)} cannot be installed: {error}", 3) from error


def _prefix(checkout: Path) -> str:
    """Return the path of *checkout* within its repository; raise `UnfitError` where it is in none."""
    if shutil.which("git") is None:
        raise UnfitError("git is not installed, and another version comes from a Git repository", 3)
    try:
        return _git(checkout, "rev-parse", "--show-prefix")
    except UnfitError as error:
        raise UnfitError(
            f"{checkout} is no Git checkout, so there is no other version to measure against ({error})", 3
        ) from error


def _commit(checkout: Path, ref: str) -> tuple[str, str]:
    """Return the commit that *ref* names, and the first line of its message."""
    try:
        commit = _git(checkout, "rev-parse", "--verify", "--end-of-options", f"{ref}^{{commit}}")
    except UnfitError as error:
        raise UnfitError(
            f"version {ref!r} is not known; give a commit, a tag or a branch of this repository ({error})", 2
        ) from error
    return commit, _git(checkout, "log", "-1", "--format=%s", commit)


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    try:
        return subprocess.run(
            command, capture_output=True, text=True, timeout=GIT_WITHIN_S, check=True
        ).stdout.strip()
    except subprocess.CalledProcessError as error:
        reason = (error.stderr.strip().splitlines() or ["it printed nothing"])[-1]
        raise UnfitError(f"git {' '.join(arguments)}: {reason}", 3) from error
    except subprocess.TimeoutExpired as error:
        raise UnfitError(f"git {' '.join(arguments)} did not end in {GIT_WITHIN_S:g} s", 3) from error
