"""Every program reports wrong usage in one line, and exits with 2."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("arguments", "reported"),
    [
        ("benchmarks nope", "nope"),
        ("benchmarks run nope", "choose one of against, capacity, clients, full, quick, servers"),
        ("benchmarks run quick --blocks x", "'x' is not a valid integer"),
        ("loadtests run --out results", "'--host'"),
        ("loadtests run --host http://127.0.0.1:9 --out results --scenario nope", "'read-mostly'"),
        ("reports nowhere", "nowhere/run.json"),
        ("system nope", "nope"),
        ("system up --server nope", "choose one of gunicorn-sync"),
        ("system up --processes 0", "0 is not in the range"),
    ],
)
def test_wrong_usage_is_reported_in_one_line(arguments: str, reported: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *arguments.split()], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert reported in done.stderr


@pytest.mark.parametrize("program", ["benchmarks", "loadtests", "system"])
def test_a_program_without_a_command_shows_its_commands(program: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith(f"Usage: python -m {program} ")
