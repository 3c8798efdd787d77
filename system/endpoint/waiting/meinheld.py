"""A handler that is a greenlet of meinheld's (of a build whose greenlets work) and yields while it waits.

Meinheld's loop can wait for a file descriptor, so each wait has an eventfd to which the reader's native
thread writes. Eventfds are kept for later waits and never closed: a wake that comes late rings for a stranger
at worst, who looks whether it was meant, and waits on.
"""

import math
import os
from contextlib import suppress
from time import monotonic

from meinheld import server

from system.endpoint.replies import Outcome


class MeinheldWaiter:
    """A wait on an eventfd, one of those *kept*."""

    __slots__ = ("_descriptor", "_kept", "_woken", "outcome")

    def __init__(self, kept: list[int]) -> None:
        self._kept = kept
        self._descriptor: int | None = kept.pop() if kept else _eventfd()
        self._woken = False
        self.outcome: Outcome | None = None

    def wait(self, timeout_s: float) -> None:
        """Let other greenlets run until woken, or for *timeout_s* in whole seconds, rounded up."""
        descriptor = self._descriptor
        assert descriptor is not None, "closed"
        ends_s = monotonic() + timeout_s
        while not self._woken and (left_s := ends_s - monotonic()) > 0:
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
        """Leave the eventfd to a later wait."""
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
        """Return a new wait."""
        return MeinheldWaiter(self._kept)
