"""Requests to the functions: a record is sent, its reply awaited, a missing reply explained."""

import os
from contextvars import ContextVar
from copy import copy
from functools import partial
from itertools import count
from time import monotonic, time_ns
from typing import NamedTuple

from system.clients.protocol import Client, ClientUnavailable, OnFailure, SendFailure
from system.endpoint import messages
from system.endpoint.fail_fast import FailFast
from system.endpoint.messages import NoReply, Outcome, Reply, Request
from system.endpoint.metrics import KAFKA_ERRORS, Metrics
from system.endpoint.outage import BrokerOutage
from system.endpoint.places import Places
from system.endpoint.waiting.kinds import Waiter, WaitingKind
from system.wire.topics import USERS

HANDOVER_TIMEOUT_S = 5.0
"""Limit for an outcome that the reader has taken but not yet set; in practice microseconds."""

OVERLOADED = NoReply(
    "overloaded", "Too many requests wait for their reply; this one was not sent. Try again in a second."
)
QUEUED_TOO_LONG = NoReply(
    "overloaded", "The request came here after its deadline, and was not sent. Try again in a second."
)

UNASSIGNED_ID = "readyz"
"""An id that is never assigned; a find of it makes a whole round trip and changes nothing."""
QUESTION = "question-"
"""The beginning of the number in the id of a question, whose reply nobody waits for."""

QUEUED_S: ContextVar[float] = ContextVar("QUEUED_S", default=0.0)
"""How long the current HTTP request was queued before it came here; that counts against its deadline."""


class HopTimes(NamedTuple):
    """When a request passed each hop, wall clock, ns; without a reply, all time counts as the first hop."""

    sent_ns: int
    received_ns: int
    answered_ns: int
    arrived_ns: int


class RequestResult(NamedTuple):
    """The outcome of a request; *hop_times* is None if nothing was sent."""

    outcome: Reply | NoReply
    hop_times: HopTimes | None


class SentRequest(NamedTuple):
    """A request that was sent, and the number of the outage in which that happened (0: none)."""

    request: Request
    sent_ns: int
    waiter: Waiter
    outage: int


class Requester:
    """Sends requests whose replies come to *reply_key*, and waits *deadline_s* for each."""

    def __init__(
        self,
        client: Client,
        waiting: WaitingKind,
        waiting_requests: "WaitingRequests",
        metrics: Metrics,
        outage: BrokerOutage,
        fail_fast: FailFast,
        reply_key: str,
        deadline_s: float,
    ) -> None:
        self.deadline_s = deadline_s
        self._client = client
        self._waiting = waiting
        self._waiting_requests = waiting_requests
        self._metrics = metrics
        self._outage = outage
        self._fail_fast = fail_fast
        self._reply_key = reply_key

    def waiting_by(self, waiting: WaitingKind) -> "Requester":
        """Return a requester whose caller waits in another way, e.g. in a native thread."""
        other = copy(self)
        other._waiting = waiting
        return other

    def refusal(self) -> NoReply | None:
        """Return why a new request is refused at once and not sent, or None."""
        if QUEUED_S.get() >= self.deadline_s:
            return QUEUED_TOO_LONG
        cause = self._fail_fast.cause
        return None if cause is None else _refused(cause)

    def request(
        self, topic: str, key: str, request: Request, deadline_s: float | None = None, *, bounded: bool = True
    ) -> RequestResult:
        """Send *request* to the function with id *key* and wait for the reply.

        If not *bounded*, it needs no place, and is sent even where others are refused.
        """
        end_s = monotonic() + (self.deadline_s if deadline_s is None else deadline_s) - QUEUED_S.get()
        sent = self.send(topic, key, request, bounded=bounded)
        if isinstance(sent, NoReply):
            return RequestResult(sent, None)
        return self.wait(sent, max(end_s - monotonic(), 0))

    def send(self, topic: str, key: str, request: Request, *, bounded: bool = True) -> SentRequest | NoReply:
        """Send *request*, or return why not; the caller must then `wait` for it or `cancel` it."""
        if bounded and (refusal := self.refusal()):
            return refusal
        request_id = request.request_id = self._waiting_requests.new_id()
        request.reply_key = self._reply_key
        waiter = self._waiting.waiter()
        if not self._waiting_requests.add(request_id, waiter, bounded=bounded):
            waiter.close()
            return OVERLOADED
        sent = SentRequest(request, time_ns(), waiter, self._outage.number)
        try:
            refusal = self._write(topic, key, request, partial(self._not_stored, request_id))
        except BaseException:
            self.cancel(sent)
            raise
        if refusal is None:
            return sent
        self.cancel(sent)
        return refusal

    def wait(self, sent: SentRequest, timeout_s: float) -> RequestResult:
        """Wait at most *timeout_s* for the reply to *sent*."""
        waiter = sent.waiter
        try:
            waiter.wait(timeout_s)
            if waiter.outcome is None and not self._waiting_requests.remove(sent.request.request_id):
                waiter.wait(HANDOVER_TIMEOUT_S)
            return _result(sent, waiter.outcome, self._outage.number)
        finally:
            self.cancel(sent)

    def cancel(self, sent: SentRequest) -> None:
        """Stop waiting for the reply to *sent*; a request that has its outcome is released."""
        if sent.waiter.outcome is None:
            self._waiting_requests.remove(sent.request.request_id)
        sent.waiter.close()

    def send_without_reply(
        self, topic: str, key: str, request: Request, on_failure: OnFailure
    ) -> NoReply | None:
        """Send *request* and do not wait; return why it could not be queued, or None."""
        request.request_id = self._waiting_requests.new_id()
        return self._write(topic, key, request, partial(self._count_failure, on_failure))

    def ask(self) -> None:
        """Send a question, for which nobody waits; its reply shows that replies come."""
        question = messages.find()
        question.request_id = self._waiting_requests.new_question_id()
        question.reply_key = self._reply_key
        self._write(USERS, UNASSIGNED_ID, question, partial(self._count_failure, _ignore))

    def _write(self, topic: str, key: str, request: Request, on_failure: OnFailure) -> NoReply | None:
        try:
            self._client.send(topic, key.encode(), request.SerializeToString(), on_failure)
        except ClientUnavailable as error:
            self._note_failure()
            return _unavailable(str(error))
        return None

    def _not_stored(self, request_id: str, failure: SendFailure) -> None:
        self._note_failure()
        self._waiting_requests.resolve(request_id, failure)

    def _count_failure(self, on_failure: OnFailure, failure: SendFailure) -> None:
        self._note_failure()
        on_failure(failure)

    def _note_failure(self) -> None:
        self._metrics.count(KAFKA_ERRORS)
        self._fail_fast.note_silence(monotonic())


class WaitingRequests:
    """The waiting requests of this process by request id; the bounded ones have a place of *places* each.

    A request id is a prefix of this process and a number, so that a late reply can be distinguished from a
    reply to an earlier process.
    """

    def __init__(self, places: Places) -> None:
        self._places = places
        self._prefix = os.urandom(6).hex() + "."
        self._numbers = count()
        self._waiters: dict[str, tuple[Waiter, bool]] = {}

    def __len__(self) -> int:
        return len(self._waiters)

    def new_id(self) -> str:
        """Return an id that no request of this or another process has."""
        return f"{self._prefix}{next(self._numbers):x}"

    def new_question_id(self) -> str:
        """Return the id of a request whose reply nobody waits for."""
        return f"{self._prefix}{QUESTION}{next(self._numbers):x}"

    def is_own_id(self, request_id: str) -> bool:
        """Return whether *request_id* was made by this process."""
        return request_id.startswith(self._prefix)

    def add(self, request_id: str, waiter: Waiter, *, bounded: bool = True) -> bool:
        """Add a request, whose outcome will wake *waiter*; return False if it is *bounded* and gets no place.

        Whoever takes it out of the table, the reader of its reply or itself, gives the place back, once.
        """
        if bounded and not self._places.take():
            return False
        self._waiters[request_id] = (waiter, bounded)
        return True

    def resolve(self, request_id: str, outcome: Outcome) -> bool:
        """Remove the request, set its *outcome* and wake it; return False if it does not wait (any more)."""
        waiter = self._take_out(request_id)
        if waiter is None:
            return False
        waiter.outcome = outcome
        waiter.wake()
        return True

    def remove(self, request_id: str) -> bool:
        """Remove the request; return False if `resolve` has removed it and is about to set its outcome."""
        return self._take_out(request_id) is not None

    def _take_out(self, request_id: str) -> Waiter | None:
        waiter, has_place = self._waiters.pop(request_id, (None, False))
        if has_place:
            self._places.give_back()
        return waiter


def is_question(request_id: str) -> bool:
    """Return whether the request of *request_id*, which is our own, is a question."""
    return request_id.partition(".")[2].startswith(QUESTION)


def _ignore(failure: SendFailure) -> None:
    """Do nothing: another question follows."""


def _result(sent: SentRequest, outcome: Outcome | None, outage: int) -> RequestResult:
    if isinstance(outcome, Reply):
        times = HopTimes(sent.sent_ns, outcome.received_ns, outcome.answered_ns, outcome.arrived_ns)
        return RequestResult(outcome, times)
    now_ns = time_ns()
    times = HopTimes(sent.sent_ns, now_ns, now_ns, now_ns)
    if outcome is not None and (outcome.stored is False or 0 < sent.outage == outage):
        return RequestResult(_unavailable(outcome.reason), times)
    return RequestResult(_timeout(sent.request), times)


def _unavailable(reason: str) -> NoReply:
    return NoReply(
        "unavailable", f"Kafka cannot be reached, nothing was changed: {reason}. Try again in a second."
    )


def _refused(cause: str) -> NoReply:
    return NoReply(
        "unavailable",
        f"{cause[:1].upper()}{cause[1:]}, so this request was not sent and nothing was changed. "
        "Try again in a second.",
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
