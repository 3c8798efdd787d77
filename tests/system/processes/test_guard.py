"""The guard kills what a supervisor leaves behind, however it ends."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from system.processes.guard import Guard
from system.processes.guard_process import groups_left

# A supervisor with a child that has a child of its own; both names of the processes are printed.
SUPERVISOR = """
import subprocess, sys, time
from system.processes.guard import Guard
guard = Guard()
deaf = "trap '' TERM; sleep 60 & echo $!; wait; sleep 60"
child = guard.spawn(["/bin/sh", "-c", deaf], {}, subprocess.PIPE)
print(guard.pid, child.pid, child.stdout.readline().decode().strip(), flush=True)
time.sleep(60)
"""
GONE_WITHIN_S = 20.0


def is_gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def happens(condition: Callable[[], bool], within_s: float = GONE_WITHIN_S) -> bool:
    deadline = time.monotonic() + within_s
    while not (seen := condition()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return seen


def asleep(guard: Guard) -> subprocess.Popen[bytes]:
    """Start a child that is reaped when it ends, and return once it is the command that it was to become."""
    child = guard.spawn(["/bin/sh", "-c", "echo up; exec sleep 60"], {}, subprocess.PIPE)
    assert child.stdout is not None
    assert child.stdout.readline() == b"up\n"
    threading.Thread(target=child.wait, daemon=True).start()
    return child


def test_groups_that_were_announced_and_not_taken_back_are_left() -> None:
    assert groups_left(["+10\n", "+11\n", "-10\n", "+12", "nonsense\n", "+\n"]) == {11, 12}


def test_a_killed_supervisor_leaves_nothing_even_of_children_that_ignore_sigterm() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR], stdout=subprocess.PIPE, text=True
    ) as supervisor:
        assert supervisor.stdout is not None
        pids = [int(pid) for pid in supervisor.stdout.readline().split()]
        supervisor.kill()
    assert len(pids) == 3
    assert happens(lambda: all(map(is_gone, pids)))


def test_closing_the_guard_kills_the_groups_that_are_left() -> None:
    guard = Guard()
    with asleep(guard) as child:
        guard.close()
        assert child.wait(GONE_WITHIN_S) == -signal.SIGTERM


def test_a_group_that_was_released_is_left_alone() -> None:
    guard = Guard()
    with asleep(guard) as child:
        guard.release(child.pid)
        guard.close()
        assert child.poll() is None
        child.kill()


def test_a_guard_that_was_killed_is_replaced_and_knows_the_groups() -> None:
    guard = Guard()
    with asleep(guard) as child:
        first = guard.pid
        os.kill(first, signal.SIGKILL)
        assert happens(lambda: guard.pid != first)
        guard.close()
        assert child.wait(GONE_WITHIN_S) == -signal.SIGTERM


def test_a_guard_takes_no_notice_of_signals_to_the_terminal() -> None:
    guard = Guard()
    with asleep(guard) as child:
        first = guard.pid
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.kill(first, signum)
        guard.close()
        assert child.wait(GONE_WITHIN_S) == -signal.SIGTERM
        assert guard.pid == first


def test_a_child_has_the_environment_and_an_empty_standard_input(tmp_path: Path) -> None:
    guard, log = Guard(), tmp_path / "log"
    with log.open("wb") as output:
        child = guard.spawn(["/bin/sh", "-c", 'cat; echo "$GREETING"'], {"GREETING": "hello"}, output)
    assert child.wait(GONE_WITHIN_S) == 0
    guard.close()
    assert log.read_text() == "hello\n"
