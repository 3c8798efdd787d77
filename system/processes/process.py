"""One run of a component: a process group that is signalled, waited for and removed completely."""

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

POLL_EVERY_S = 0.02
KILL_TAKES_S = 1.0


class Process:
    """A process in its own group, registered with a guard; its methods may be called from any thread.

    Its end is observed without reaping it. So its number cannot be reused until the whole group is gone.
    """

    def __init__(self, command: Command, guard: Guard) -> None:
        self._guard = guard
        self._reaping = threading.Lock()
        with open_log(command.log) as log:
            self._popen = guard.spawn(command.arguments, command.environment, log)

    @property
    def pid(self) -> int:
        """The process id, which is also the id of the group."""
        return self._popen.pid

    def has_ended(self) -> bool:
        """Return whether the process has ended; other processes of its group may still run."""
        return self._poll(os.WNOHANG)

    def wait(self) -> int:
        """Wait for the end, kill the rest of the group, and return the exit code."""
        self._poll(0)
        return self._clean_up()

    def stop(self, stop_signal: Signals, within_s: float) -> None:
        """Send *stop_signal* to the process, and kill its group if it has not ended after *within_s*."""
        self._signal(stop_signal)
        if not self._ends_within(within_s):
            self.kill()
        if self._ends_within(KILL_TAKES_S):
            self._clean_up()

    def kill(self) -> None:
        """Kill every process of the group."""
        with self._reaping:
            self._kill_group()

    def _clean_up(self) -> int:
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
        # Not `Popen.send_signal`: it reaps a process that has ended, and then the group cannot be signalled.
        with self._reaping:
            if self._popen.returncode is None:
                os.kill(self.pid, signum)

    def _ends_within(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while not (ended := self.has_ended()) and time.monotonic() < deadline:
            time.sleep(POLL_EVERY_S)
        return ended

    def _poll(self, options: int) -> bool:
        try:
            return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT | options) is not None
        except ChildProcessError:
            return True


def describe_exit(code: int) -> str:
    """Return *code* in words: the exit code, or the name of the signal."""
    return f"was ended by {Signals(-code).name}" if code < 0 else f"ended with exit code {code}"


@contextlib.contextmanager
def open_log(log: Path | None) -> Iterator[IO[bytes] | int]:
    """Open *log* to append to it, or give the descriptor of our standard error without one."""
    if log is None:
        yield sys.stderr.fileno()
        return
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as file:
        yield file


READ_BYTES = 16_384
EXCEPTION = re.compile(r"^(?:\w+\.)+\w+: (.+)$", re.MULTILINE)
"""The last line of a traceback, for an exception that is not one of Python's own."""


def log_size(log: Path | None) -> int:
    """Return the size of *log* in bytes, 0 if there is none."""
    return log.stat().st_size if log and log.exists() else 0


def last_exception(log: Path | None, offset: int) -> str:
    """Return the message of the last exception in *log* after byte *offset*, or an empty string."""
    if log is None or not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(offset, log_size(log) - READ_BYTES))
        messages = EXCEPTION.findall(file.read().decode(errors="replace"))
    return messages[-1] if messages else ""
