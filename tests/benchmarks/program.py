"""Runs the whole program on the doubles."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PROGRAM = Path(__file__).parent / "doubles" / "program.py"

PROFILE = """
description = "two cells, three if asked"
reference = "seed-2020"
blocks = 2
warm_up_s = 0.1
window_s = 0.3
runtime_warm_up_s = 0
load = { kind = "closed", users = 4 }

[[cells]]
name = "seed-2020"
baseline = "seed_2020"
server = "gunicorn-sync"
client = "kafka-python"
processes = 4
threads = 1

[[cells]]
server = "granian"
client = "confluent-kafka"
"""


def command(*arguments: str, faults: tuple[str, ...] = ()) -> list[str]:
    return [sys.executable, str(PROGRAM), *faults, "--", *arguments]


def dependencies() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT)}


def call(
    *arguments: str, faults: tuple[str, ...] = (), folder: Path | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments, faults=faults),
        cwd=folder,
        capture_output=True,
        text=True,
        env=dependencies(),
        timeout=100,
        check=False,
    )


def write_profile(folder: Path, text: str = PROFILE) -> Path:
    file = folder / "small.toml"
    file.write_text(text)
    return file


def only_run(results: Path) -> Path:
    (folder,) = (path for path in results.glob("[!.]*") if path.is_dir())
    return folder
