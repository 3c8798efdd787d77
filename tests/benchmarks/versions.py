"""A Git repository with versions of a project, for tests that measure one against another."""

import os
import subprocess
from pathlib import Path

IDENTITY = {
    f"GIT_{role}_{what}": "nobody@example" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
}


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments],
        capture_output=True,
        text=True,
        env=os.environ | IDENTITY,
        timeout=60,
        check=True,
    )
    return done.stdout.strip()


def repository(folder: Path) -> Path:
    folder.mkdir()
    git(folder, "init", "--quiet")
    (folder / ".gitignore").write_text(".statefun-bench/\n")
    return folder


def commit(folder: Path, subject: str, **files: str) -> str:
    """Commit *files* (a name with `_` for each `-`), and return the commit's id."""
    for name, content in files.items():
        (folder / name.replace("_", "-")).write_text(content)
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--allow-empty", "-m", subject)
    return git(folder, "rev-parse", "HEAD")
