"""Takes parts of a running system away for as long as a test wants."""

import os
import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from tests.live_system import LiveSystem, eventually, is_gone


@contextmanager
def frozen(pids: Iterable[int]) -> Iterator[None]:
    """Let processes stand still: their sockets are open, and nobody answers."""
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
    """Kill *component*, and let the supervisor bring it back only when the block is left."""
    pids = system.pids(component)
    with frozen([system.process.pid]):
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        eventually(lambda: all(map(is_gone, pids)))
        yield
