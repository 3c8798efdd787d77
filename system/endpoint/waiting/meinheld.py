"""Waiting of a meinheld greenlet, during which other greenlets run (in a build whose greenlets work).

Meinheld's loop can wait for a file descriptor, so each wait has an eventfd, to which the reader's native
thread writes. Eventfds are reused and never closed: a late wake may reach the eventfd's next user, which
finds that it was not woken and continues to wait.
"""

import math
import os
from contextlib import suppress
from time import monotonic

from meinheld import server

from system.endpoint.messages import Outcome


class MeinheldWaiter:
    """The wait of one greenlet, on an eventfd from *kept* or a new one."""

    __slots__ = ("_descriptor", "_kept", "_woken", "outcome")

    def __init__(self, kept: list[int]) -> None:
        self._kept = kept
        self._descriptor: int | None = kept.pop() if kept else _eventfd()
        self._woken = False
        self.outcome: Outcome | None = None

    def wait(self, timeout_s: float) -> None:
        """Let other greenlets run until woken, or for *timeout_s*, rounded up to whole seconds."""
        descriptor = self._descriptor
        assert descriptor is not None, "closed"
        end_s = monotonic() + timeout_s
        while not self._woken and (left_s := end_s - monotonic()) > 0:
            with suppress(server.timeout):
                server.trampoline(descriptor, read=True, timeout=math.ceil(left_s))
            with suppress(BlockingIOError):
                os.eventfd_read(descriptor)

    def wake(self) -> None:
        """Make the eventfd readable."""
        descriptor = self._descriptor
        self._woken = True
        if descriptor is not None:
            os.eventfd_write(descriptor, 1)

    def close(self) -> None:
        """Keep the eventfd for a later wait."""
        if self._descriptor is not None:
            self._kept.append(self._descriptor)
            self._descriptor = None


def _eventfd() -> int:
    return os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)


class MeinheldWaiting:
    """Waits of meinheld's greenlets."""

    def __init__(self) -> None:
        self._kept: list[int] = []

    def waiter(self) -> MeinheldWaiter:
        """Return a waiter for one request."""
        return MeinheldWaiter(self._kept)
