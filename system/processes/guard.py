"""Starts processes that cannot outlive this one, not even after a kill -9."""

import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from system.processes import guard_process

# The child announces itself before it becomes the command, so no instant is left in which only a supervisor
# that may be dying knows of it. Its standard input is the guard's pipe until then, and nothing afterwards.
# A guard that has just died cannot be told, and need not: its successor is.
ANNOUNCE = '(trap "" PIPE; echo "+$$" >&0) 2>/dev/null; exec "$@" </dev/null'
# What is ignored stays ignored in the program that the shell becomes, from its first instant on.
DEAF = 'trap "" INT TERM HUP; exec "$@"'


class Guard:
    """A guard process, replaced when it dies, and the process groups it answers for.

    *held* are file descriptors that stay open until the last group is gone (the lock of the data folder).
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
        """The guard's process id; it changes when the guard had to be replaced."""
        return self._process.pid

    def spawn(
        self, command: Sequence[str], environment: Mapping[str, str], log: IO[bytes] | int
    ) -> subprocess.Popen[bytes]:
        """Start *command* in a session and process group of its own, writing to *log*."""
        with self._lock:
            process = subprocess.Popen(
                ["/bin/sh", "-c", ANNOUNCE, "sh", *command],
                stdin=self._process.stdin,
                stdout=log,
                stderr=log,
                env={**os.environ, **environment},
                start_new_session=True,
            )
            self._groups.add(process.pid)
        return process

    def release(self, group: int) -> None:
        """Forget *group*; call it before the leader is reaped, since then its number may be another's."""
        with self._lock:
            self._groups.discard(group)
            tell(self._process, f"-{group}")

    def close(self) -> None:
        """Let the guard kill what is left, and wait for it."""
        with self._lock:
            self._closing = True
            close_pipe(self._process)
        self._process.wait(timeout=guard_process.GRACE_S + 2)

    def _start(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            ["/bin/sh", "-c", DEAF, "sh", sys.executable, "-I", "-S", str(Path(guard_process.__file__))],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=self._held,
            start_new_session=True,
        )
        for group in self._groups:
            tell(process, f"+{group}")
        return process

    def _watch(self) -> None:
        while not self._closing:
            self._process.wait()
            with self._lock:
                if not self._closing:
                    close_pipe(self._process)
                    self._process = self._start()


def tell(process: subprocess.Popen[bytes], line: str) -> None:
    """Send *line* to a guard process; one that has died is told again by its successor's start."""
    try:
        os.write(stdin_of(process), f"{line}\n".encode())
    except BrokenPipeError:
        return


def close_pipe(process: subprocess.Popen[bytes]) -> None:
    """Close the pipe to a guard process, which makes it act."""
    if process.stdin is not None:
        process.stdin.close()


def stdin_of(process: subprocess.Popen[bytes]) -> int:
    """Return the descriptor of the pipe to a guard process."""
    if process.stdin is None:
        raise ValueError("a guard process is started with a pipe")
    return process.stdin.fileno()
