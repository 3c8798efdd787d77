"""One run of a component: a process group that is signalled, waited for, and left without stragglers."""

import contextlib
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from signal import Signals
from typing import IO

from system.processes.component import Command
from system.processes.guard import Guard

READ_BYTES = 16_384
EXCEPTION = re.compile(r"^(?:\w+\.)+\w+: (.+)$", re.MULTILINE)
"""How Python ends the traceback of an exception that is not its own."""


def size(log: Path | None) -> int:
    """Return how long *log* is, 0 where there is none."""
    return log.stat().st_size if log and log.exists() else 0


def last_words(log: Path | None, since: int) -> str:
    """Return the message of the last exception in *log* past its byte *since*, or an empty text."""
    if log is None or not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(since, size(log) - READ_BYTES))
        said = EXCEPTION.findall(file.read().decode(errors="replace"))
    return said[-1] if said else ""


LOOK_EVERY_S = 0.02
KILL_TAKES_S = 1.0


class Process:
    """A process of its own group, under a guard; its methods may be called from any thread.

    Its end is seen without reaping it, so that its number stays its own until its whole group is gone.
    """

    def __init__(self, command: Command, guard: Guard) -> None:
        self._guard = guard
        self._reaping = threading.Lock()
        with opened(command.log) as log:
            self._popen = guard.spawn(command.arguments, command.environment, log)

    @property
    def pid(self) -> int:
        """The process id, which is also that of the group."""
        return self._popen.pid

    def has_ended(self) -> bool:
        """Return whether the process is over; its group may not be."""
        return self._look(os.WNOHANG)

    def wait(self) -> int:
        """Wait for the end, clear up, and return the exit code."""
        self._look(0)
        return self._clear_up()

    def stop(self, stop_signal: Signals, within_s: float) -> None:
        """Ask the process to end, and kill its group if it has not ended *within_s*."""
        self._signal(stop_signal)
        if not self._ends_within(within_s):
            self.kill()
        if self._ends_within(KILL_TAKES_S):
            self._clear_up()

    def kill(self) -> None:
        """Kill every process of the group."""
        with self._reaping:
            self._kill_group()

    def _clear_up(self) -> int:
        with self._reaping:
            if self._popen.returncode is None:
                self._kill_group()
                self._guard.release(self.pid)
            return self._popen.wait()

    def _kill_group(self) -> None:
        if self._popen.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)

    def _signal(self, signum: Signals) -> None:
        # Not `send_signal`: it reaps a process that has ended, and its group would be out of reach.
        with self._reaping:
            if self._popen.returncode is None:
                os.kill(self.pid, signum)

    def _ends_within(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while not (ended := self.has_ended()) and time.monotonic() < deadline:
            time.sleep(LOOK_EVERY_S)
        return ended

    def _look(self, options: int) -> bool:
        try:
            return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT | options) is not None
        except ChildProcessError:
            return True


@contextlib.contextmanager
def opened(log: Path | None) -> Iterator[IO[bytes] | int]:
    """Give what takes the outputs of a process: the file *log*, or our standard error without one."""
    if log is None:
        yield sys.stderr.fileno()
        return
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as file:
        yield file


def describe_exit(code: int) -> str:
    """Return *code* in words, with the name of the signal where there was one."""
    return f"was ended by {Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
