"""Native threads and locks, also in a process that gevent has patched; the names of the ways to wait."""

import sys
import threading
from collections.abc import Callable
from importlib import import_module
from typing import Any, Literal, Protocol

Waiting = Literal["thread", "gevent", "meinheld"]
"""What a waiting handler occupies: a native thread, or a greenlet of gevent or meinheld."""


class Lock(Protocol):
    """The lock of `_thread`; waiting for it blocks the whole native thread."""

    def acquire(self, *, timeout: float = -1) -> bool:
        """Acquire it; return False if that took longer than *timeout* seconds (-1: no limit)."""

    def release(self) -> None:
        """Release it, from any thread."""

    def __enter__(self) -> bool: ...

    def __exit__(self, *_: object) -> None: ...


def original(module: str, name: str) -> Any:
    """Return *name* of the standard library's *module* as it was before gevent patched it."""
    monkey = sys.modules.get("gevent.monkey")
    return monkey.get_original(module, name) if monkey else getattr(import_module(module), name)


def new_lock() -> Lock:
    """Return a native lock that nobody holds."""
    lock: Lock = original("_thread", "allocate_lock")()
    return lock


def pause(seconds: float) -> None:
    """Sleep, the whole native thread included."""
    original("time", "sleep")(seconds)


def start_thread(run: Callable[[], None], name: str) -> Lock:
    """Run *run* in a new native thread; return a lock that is released when the thread ends."""
    ended = new_lock()
    ended.acquire()

    def run_to_end() -> None:
        try:
            run()
        finally:
            ended.release()

    if "gevent.monkey" in sys.modules:
        original("_thread", "start_new_thread")(run_to_end, ())
    else:
        threading.Thread(target=run_to_end, name=name, daemon=True).start()
    return ended
