"""The one way to ask a function: write a record, wait for its reply, or say why there is none."""

from functools import partial
from time import time_ns
from typing import NamedTuple

from system.clients.protocol import Client, ClientUnavailable, OnFailure, SendFailure
from system.endpoint.messages import Request
from system.endpoint.metrics import KAFKA_ERRORS, Metrics
from system.endpoint.outage import Outage
from system.endpoint.pending import Outcome, Pending
from system.endpoint.replies import NoReply, Reply
from system.endpoint.waiting import Waiter, WaitingKind

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
