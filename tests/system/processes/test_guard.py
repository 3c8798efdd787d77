"""The guard kills the children of a supervisor, however that ends."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from system.processes.guard import Guard
from system.processes.guard_process import groups_left
from tests.live_system import eventually, is_gone

# A supervisor with a child and a grandchild that ignore SIGTERM. It prints the ids of the guard and of both.
SUPERVISOR = """
import subprocess, sys, time
from system.processes.guard import Guard
guard = Guard()
stubborn = "trap '' TERM; sleep 60 & echo $!; wait; sleep 60"
child = guard.spawn(["/bin/sh", "-c", stubborn], {}, subprocess.PIPE)
print(guard.pid, child.pid, child.stdout.readline().decode().strip(), flush=True)
time.sleep(60)
"""
GONE_WITHIN_S = 20.0


def sleeping_child(guard: Guard) -> subprocess.Popen[bytes]:
    """Start a child that is reaped when it ends, and return when it has executed its command."""
    child = guard.spawn(["/bin/sh", "-c", "echo up; exec sleep 60"], {}, subprocess.PIPE)
    assert child.stdout is not None
    assert child.stdout.readline() == b"up\n"
    threading.Thread(target=child.wait, daemon=True).start()
    return child


def test_groups_that_were_added_and_not_removed_are_left() -> None:
    assert groups_left(["+10\n", "+11\n", "-10\n", "+12", "nonsense\n", "+\n"]) == {11, 12}


def test_after_a_killed_supervisor_no_process_is_left_even_if_it_ignores_sigterm() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR], stdout=subprocess.PIPE, text=True
    ) as supervisor:
        assert supervisor.stdout is not None
        pids = [int(pid) for pid in supervisor.stdout.readline().split()]
        supervisor.kill()
    assert len(pids) == 3
    eventually(lambda: all(map(is_gone, pids)), GONE_WITHIN_S)


def test_closing_the_guard_kills_the_remaining_groups() -> None:
    guard = Guard()
    with sleeping_child(guard) as child:
        guard.close()
        assert child.wait(GONE_WITHIN_S) == -signal.SIGTERM


def test_a_released_group_is_not_killed() -> None:
    guard = Guard()
    with sleeping_child(guard) as child:
        guard.release(child.pid)
        guard.close()
        assert child.poll() is None
        child.kill()


def test_a_killed_guard_is_replaced_by_one_that_knows_the_groups() -> None:
    guard = Guard()
    with sleeping_child(guard) as child:
        first = guard.pid
        os.kill(first, signal.SIGKILL)
        eventually(lambda: guard.pid != first, GONE_WITHIN_S)
        guard.close()
        assert child.wait(GONE_WITHIN_S) == -signal.SIGTERM


def test_a_guard_ignores_the_signals_that_stop_a_supervisor() -> None:
    guard = Guard()
    with sleeping_child(guard) as child:
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
