"""Child processes that never outlive this one, not even after its SIGKILL."""

import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from system.processes import guard_process

# The child registers its process group with the guard before it executes the command, so that a supervisor
# that dies right after the fork leaves no unknown child. Until then its standard input is the guard's pipe;
# the command gets /dev/null. A write to a guard that has just died is ignored: its successor knows the group.
REGISTER = '(trap "" PIPE; echo "+$$" >&0) 2>/dev/null; exec "$@" </dev/null'
# Ignored signals stay ignored across exec, so the guard ignores them from its first instruction.
IGNORE_SIGNALS = 'trap "" INT TERM HUP; exec "$@"'


class Guard:
    """A guard process, replaced when it dies, and the process groups that it kills when this process ends.

    *held* are file descriptors that the guard keeps open until the last group is gone (a data folder's lock).
    """

    def __init__(self, held: Sequence[int] = ()) -> None:
        self._held = tuple(held)
        self._groups: set[int] = set()
        self._lock = threading.Lock()
        self._closing = False
        self._process = self._start()
        threading.Thread(target=self._watch, name="guard", daemon=True).start()

    @property
    def pid(self) -> int:
        """The guard's process id; it changes when the guard is replaced."""
        return self._process.pid

    def spawn(
        self, command: Sequence[str], environment: Mapping[str, str], log: IO[bytes] | int
    ) -> subprocess.Popen[bytes]:
        """Start *command* in a new session and process group; both its outputs go to *log*."""
        with self._lock:
            process = subprocess.Popen(
                ["/bin/sh", "-c", REGISTER, "sh", *command],
                stdin=self._process.stdin,
                stdout=log,
                stderr=log,
                env={**os.environ, **environment},
                start_new_session=True,
            )
            self._groups.add(process.pid)
        return process

    def release(self, group: int) -> None:
        """Forget *group*. Call it before the leader is reaped: afterwards the number can be reused."""
        with self._lock:
            self._groups.discard(group)
            send_line(self._process, f"-{group}")

    def close(self) -> None:
        """Let the guard kill the remaining groups, and wait until it has."""
        with self._lock:
            self._closing = True
            close_pipe(self._process)
        self._process.wait(timeout=guard_process.GRACE_S + 2)

    def _start(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [
                "/bin/sh",
                "-c",
                IGNORE_SIGNALS,
                "sh",
                sys.executable,
                "-I",
                "-S",
                str(Path(guard_process.__file__)),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=self._held,
            start_new_session=True,
        )
        for group in self._groups:
            send_line(process, f"+{group}")
        return process

    def _watch(self) -> None:
        while not self._closing:
            self._process.wait()
            with self._lock:
                if not self._closing:
                    close_pipe(self._process)
                    self._process = self._start()


def send_line(process: subprocess.Popen[bytes], line: str) -> None:
    """Send *line* to a guard process; if it has died, its successor starts with the present groups."""
    try:
        os.write(stdin_of(process), f"{line}\n".encode())
    except BrokenPipeError:
        return


def close_pipe(process: subprocess.Popen[bytes]) -> None:
    """Close the pipe to a guard process, which makes it kill the remaining groups."""
    if process.stdin is not None:
        process.stdin.close()


def stdin_of(process: subprocess.Popen[bytes]) -> int:
    """Return the descriptor of the pipe to a guard process."""
    if process.stdin is None:
        raise ValueError("a guard process is started with a pipe")
    return process.stdin.fileno()
