"""Child processes that end with their parent. Imports no Locust."""

import ctypes
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from types import FrameType

PR_SET_PDEATHSIG = 1
READY_BOUND_S = 20.0
_LIBC = ctypes.CDLL(None)


class ServerNotReady(Exception):
    """A server did not print that it is ready."""


def end_with_parent(parent_pid: int) -> None:
    """Have the kernel send this process SIGTERM when *parent_pid* dies (prctl(2)); end now if it is dead.

    Runs in a child between fork and exec: `preexec_fn=partial(end_with_parent, os.getpid())`.
    """
    _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent_pid:
        os._exit(1)


def _ends_with_us() -> Callable[[], None]:
    """Return the `preexec_fn` of our children; it is safe because we start them while there is one thread."""
    return partial(end_with_parent, os.getpid())


def run_to_end(command: Sequence[str]) -> int:
    """Run *command* until it ends and return its exit code; SIGINT and SIGTERM become a SIGTERM to it.

    It has a session of its own, so that a terminal's Ctrl-C reaches it only this way, and once.
    """
    child = subprocess.Popen(
        command,
        start_new_session=True,
        stdout=sys.stderr,
        preexec_fn=_ends_with_us(),  # noqa: PLW1509
    )
    with child, _signals_passed_to(child):
        return child.wait()


@contextmanager
def _signals_passed_to(process: subprocess.Popen[bytes]) -> Iterator[None]:
    def send_on(_signal: int, _frame: FrameType | None) -> None:
        process.send_signal(signal.SIGTERM)

    before = {number: signal.signal(number, send_on) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def running_server(*command: str) -> Iterator[str]:
    """Run the server *command*, which prints `ready ADDRESS`, and yield its address."""
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=_ends_with_us(),  # noqa: PLW1509
    ) as process:
        try:
            yield _address(process)
        finally:
            process.kill()


def _address(process: "subprocess.Popen[str]") -> str:
    assert process.stdout
    printed, _, _ = select.select([process.stdout], [], [], READY_BOUND_S)
    line = process.stdout.readline().strip() if printed else ""
    word, _, address = line.partition(" ")
    if word != "ready":
        raise ServerNotReady(f"the server was not ready within {READY_BOUND_S:g} s; it printed {line!r}")
    return address
