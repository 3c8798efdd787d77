"""A handler that is a greenlet of meinheld's (of a build whose greenlets work) and yields while it waits.

Meinheld's loop can wait for a file descriptor, so each wait has an eventfd to which the reader's native
thread writes.
"""

import math
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from meinheld import server

if TYPE_CHECKING:
    from system.endpoint.pending import Outcome


class MeinheldWaiter:
    """A wait on an eventfd."""

    __slots__ = ("_descriptor", "outcome")

    def __init__(self) -> None:
        self._descriptor = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self.outcome: Outcome | None = None

    def wait(self, timeout_s: float) -> None:
        """Let other greenlets run until woken, or for *timeout_s* in whole seconds, rounded up."""
        with suppress(server.timeout):
            server.trampoline(self._descriptor, read=True, timeout=math.ceil(timeout_s))

    def wake(self) -> None:
        """Make the eventfd readable."""
        os.eventfd_write(self._descriptor, 1)

    def close(self) -> None:
        """Give the eventfd back to the system."""
        os.close(self._descriptor)


class MeinheldWaiting:
    """Waits of meinheld's greenlets."""

    def waiter(self) -> MeinheldWaiter:
        """Return a new wait."""
        return MeinheldWaiter()
