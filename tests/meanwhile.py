"""Threads that run while a block does."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager


@contextmanager
def meanwhile(over: threading.Event, runs: Iterable[Callable[[], None]]) -> Iterator[None]:
    """Run each of *runs* in a thread; set *over* when the block is left, and wait until all have ended."""
    threads = [threading.Thread(target=run, daemon=True) for run in runs]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()
