"""The requests that wait for their reply.

Handlers, the reader and the client's own threads use the table at once, without a lock: a request leaves it
by `dict.pop`, which is one step under the interpreter's lock, and whoever takes it out decides how it ends.
"""

import os
from itertools import count

from system.clients.protocol import SendFailure
from system.endpoint.replies import Reply
from system.endpoint.waiting import Waiter

Outcome = Reply | SendFailure


class Pending:
    """The waiting requests of this process, by request id, at most *bound* of them.

    Request ids are a prefix of this process and a counter, so that a reply to a predecessor is told from a
    reply that came too late.
    """

    def __init__(self, bound: int) -> None:
        self._bound = bound
        self._prefix = os.urandom(6).hex() + "."
        self._numbers = count()
        self._waiters: dict[str, Waiter] = {}

    def __len__(self) -> int:
        return len(self._waiters)

    def new_id(self) -> str:
        """Return an id that no request had, in this process or another."""
        return f"{self._prefix}{next(self._numbers):x}"

    def gave_out(self, request_id: str) -> bool:
        """Tell whether *request_id* is one of this process's own."""
        return request_id.startswith(self._prefix)

    def register(self, request_id: str, waiter: Waiter, *, bounded: bool = True) -> bool:
        """Let *waiter* be woken by the reply to *request_id*; return False where too many wait already.

        The request stands in the table before it is counted, so that no two can both take the last place.
        """
        self._waiters[request_id] = waiter
        if bounded and len(self._waiters) > self._bound:
            del self._waiters[request_id]
            return False
        return True

    def resolve(self, request_id: str, outcome: Outcome) -> bool:
        """Hand *outcome* to whoever waits for it; return False where nobody does any more."""
        waiter = self._waiters.pop(request_id, None)
        if waiter is None:
            return False
        waiter.outcome = outcome
        waiter.wake()
        return True

    def forget(self, request_id: str) -> bool:
        """Stop waiting; return False where the outcome was taken out before, and is about to be set."""
        return self._waiters.pop(request_id, None) is not None
