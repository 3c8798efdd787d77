"""Interruptions of parts of a running system, for the time of a block."""

import os
import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from tests.live_system import LiveSystem, eventually, is_gone


@contextmanager
def frozen(pids: Iterable[int]) -> Iterator[None]:
    """Stop processes by SIGSTOP: their sockets stay open, and nothing answers."""
    held = list(pids)
    for pid in held:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in held:
            os.kill(pid, signal.SIGCONT)


@contextmanager
def gone(system: LiveSystem, component: str) -> Iterator[None]:
    """Kill *component*; the supervisor restarts it after the block."""
    pids = system.pids(component)
    with frozen([system.process.pid]):
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        eventually(lambda: all(map(is_gone, pids)))
        yield
