"""Starting a child, and a signal at the worst moment of it."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.subprocesses import Subprocess, SubprocessError

PROGRAM = """
import os, signal, sys, time
from pathlib import Path
from benchmarks.subprocesses import Subprocess

def interrupt(*_):
    raise KeyboardInterrupt

signal.signal(signal.SIGINT, interrupt)
os.register_at_fork(after_in_parent=lambda: os.kill(os.getpid(), signal.SIGINT))
try:
    Subprocess("sleeper", ["sleep", "600"], Path(sys.argv[1]) / "sleeper.log")
    time.sleep(20)
except KeyboardInterrupt:
    print("interrupted")
"""


def test_an_interrupt_while_a_child_is_forked_is_not_lost(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("interrupted\n", "")


def test_a_child_begins_with_no_signal_held_back(tmp_path: Path) -> None:
    child = Subprocess("grep", ["grep", "SigBlk", "/proc/self/status"], tmp_path / "grep.log")
    child.wait(10, lambda: None, every_s=0.02)
    assert (tmp_path / "grep.out").read_text().split() == ["SigBlk:", "0" * 16]


def test_a_child_whose_parent_died_before_it_began_ends(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("benchmarks.subprocesses.os.getpid", lambda: -1)
    child = Subprocess("sleeper", ["sleep", "600"], tmp_path / "sleeper.log")
    with pytest.raises(SubprocessError, match="sleeper ended with code 1"):
        child.wait(10, lambda: None, every_s=0.02)
