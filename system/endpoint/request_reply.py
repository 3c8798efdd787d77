"""The one way to ask a function: write a record, wait for its reply, or say why there is none."""

import os
from functools import partial
from itertools import count
from time import time_ns
from typing import NamedTuple

from system.clients.protocol import Client, ClientUnavailable, OnFailure, SendFailure
from system.endpoint.messages import Request
from system.endpoint.metrics import KAFKA_ERRORS, Metrics
from system.endpoint.outage import Outage
from system.endpoint.replies import NoReply, Outcome, Reply
from system.endpoint.waiting.kinds import Waiter, WaitingKind


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


SETTLING_S = 5.0
"""How long to wait for an outcome that was taken out for us but not yet handed over: microseconds, really."""

OVERLOADED = NoReply("overloaded", "Too many requests wait for their reply. Try again in a second.")


class Trip(NamedTuple):
    """When a request passed each hop, ns of the wall clock; without a reply, all is the first hop."""

    sent_ns: int
    received_ns: int
    answered_ns: int
    arrived_ns: int


class Exchanged(NamedTuple):
    """How a request ended, and its way; *trip* is None where nothing was sent."""

    outcome: Reply | NoReply
    trip: Trip | None


class Ticket(NamedTuple):
    """A request on its way, and the number of the outage in which it was sent."""

    request: Request
    sent_ns: int
    waiter: Waiter
    outage: int


class Exchange:
    """Sends requests for replies that come to *reply_key*, and waits *deadline_s* for each."""

    def __init__(
        self,
        client: Client,
        waiting: WaitingKind,
        pending: Pending,
        metrics: Metrics,
        outage: Outage,
        reply_key: str,
        deadline_s: float,
    ) -> None:
        self.deadline_s = deadline_s
        self._client = client
        self._waiting = waiting
        self._pending = pending
        self._metrics = metrics
        self._outage = outage
        self._reply_key = reply_key

    def ask(
        self, topic: str, key: str, request: Request, deadline_s: float | None = None, *, bounded: bool = True
    ) -> Exchanged:
        """Send *request* to the function *key* and wait; not *bounded*, beyond the bound if need be."""
        ticket = self.post(topic, key, request, bounded=bounded)
        if isinstance(ticket, NoReply):
            return Exchanged(ticket, None)
        return self.collect(ticket, self.deadline_s if deadline_s is None else deadline_s)

    def post(self, topic: str, key: str, request: Request, *, bounded: bool = True) -> Ticket | NoReply:
        """Send *request*; the ticket must then be collected or abandoned."""
        request_id = request.request_id = self._pending.new_id()
        request.reply_key = self._reply_key
        waiter = self._waiting.waiter()
        if not self._pending.register(request_id, waiter, bounded=bounded):
            waiter.close()
            return OVERLOADED
        ticket = Ticket(request, time_ns(), waiter, self._outage.number)
        try:
            refusal = self._send(topic, key, request, partial(self._not_stored, request_id))
        except BaseException:
            self.abandon(ticket)
            raise
        if refusal is None:
            return ticket
        self.abandon(ticket)
        return refusal

    def collect(self, ticket: Ticket, timeout_s: float) -> Exchanged:
        """Wait at most *timeout_s* for the reply to *ticket*."""
        waiter = ticket.waiter
        try:
            waiter.wait(timeout_s)
            if waiter.outcome is None and not self._pending.forget(ticket.request.request_id):
                waiter.wait(SETTLING_S)
            return _exchanged(ticket, waiter.outcome, self._outage.number)
        finally:
            self.abandon(ticket)

    def abandon(self, ticket: Ticket) -> None:
        """Wait no more for *ticket*."""
        if ticket.waiter.outcome is None:
            self._pending.forget(ticket.request.request_id)
        ticket.waiter.close()

    def tell(self, topic: str, key: str, request: Request, on_failure: OnFailure) -> NoReply | None:
        """Send *request* without a wish for a reply; return why it could not be queued, or None."""
        request.request_id = self._pending.new_id()
        return self._send(topic, key, request, partial(self._not_told, on_failure))

    def _send(self, topic: str, key: str, request: Request, on_failure: OnFailure) -> NoReply | None:
        try:
            self._client.send(topic, key.encode(), request.SerializeToString(), on_failure)
        except ClientUnavailable as error:
            self._metrics.count(KAFKA_ERRORS)
            return _unavailable(str(error))
        return None

    def _not_stored(self, request_id: str, failure: SendFailure) -> None:
        self._metrics.count(KAFKA_ERRORS)
        self._pending.resolve(request_id, failure)

    def _not_told(self, on_failure: OnFailure, failure: SendFailure) -> None:
        self._metrics.count(KAFKA_ERRORS)
        on_failure(failure)


def _exchanged(ticket: Ticket, outcome: Outcome | None, outage: int) -> Exchanged:
    if isinstance(outcome, Reply):
        return Exchanged(
            outcome, Trip(ticket.sent_ns, outcome.received_ns, outcome.answered_ns, outcome.arrived_ns)
        )
    now_ns = time_ns()
    trip = Trip(ticket.sent_ns, now_ns, now_ns, now_ns)
    if outcome is not None and (outcome.stored is False or 0 < ticket.outage == outage):
        return Exchanged(_unavailable(outcome.reason), trip)
    return Exchanged(_timeout(ticket.request), trip)


def _unavailable(reason: str) -> NoReply:
    return NoReply(
        "unavailable", f"Kafka cannot be reached, nothing was changed: {reason}. Try again in a second."
    )


def _timeout(request: Request) -> NoReply:
    return NoReply(
        "timeout",
        f"No reply to request {request.request_id} came, so its outcome is unknown. {_advice(request)}",
    )


def _advice(request: Request) -> str:
    if request.WhichOneof("operation") in ("find", "look_up"):
        return "It changes nothing: repeat it."
    if request.idempotency_key:
        return "Repeat it with the same Idempotency-Key: it is done once at most."
    return "Read the user before you repeat it, or send an Idempotency-Key next time."
