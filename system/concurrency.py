"""Native threads and locks, also where gevent has replaced them by greenlets; the ways a handler can wait."""

import sys
import threading
from collections.abc import Callable
from importlib import import_module
from typing import Any, Literal, Protocol

Waiting = Literal["thread", "gevent", "meinheld"]
"""What a handler blocks while it waits: a native thread, or a greenlet of either library."""


class Lock(Protocol):
    """The lock of `_thread`: whoever waits for it blocks the whole native thread."""

    def acquire(self, *, timeout: float = -1) -> bool:
        """Take it; return whether it was had within *timeout* seconds (-1: however long it takes)."""

    def release(self) -> None:
        """Give it back, from any thread."""

    def __enter__(self) -> bool: ...

    def __exit__(self, *_: object) -> None: ...


def original(module: str, name: str) -> Any:
    """Return *name* of the standard library's *module* as it was before gevent patched it."""
    monkey = sys.modules.get("gevent.monkey")
    return monkey.get_original(module, name) if monkey else getattr(import_module(module), name)


def new_lock() -> Lock:
    """Return a native lock, free."""
    lock: Lock = original("_thread", "allocate_lock")()
    return lock


def pause(seconds: float) -> None:
    """Have the native thread sleep."""
    original("time", "sleep")(seconds)


def start_thread(run: Callable[[], None], name: str) -> Lock:
    """Run *run* in a native thread of its own; return a lock that can be had once it has ended."""
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
