"""Creation of many users at once, by a thread of the process that took the request.

The create function numbers the batch and keeps its progress with the request's key, so any process can answer
how far it is. The users are written in chunks. In each chunk, the last record of each partition asks for a
reply, and the next chunk is written when these replies have come. So Kafka holds at most one chunk of
unprocessed records, other requests wait for no more than that, and memory does not grow with the batch. The
log keeps the order: after the replies, every record of the chunk has been applied.

A user takes each batch once, so a chunk can be written again: after a failure by the same thread, after the
end of the process by the next one that gets the same request with the same key.
"""

import logging
from collections.abc import Iterator, Sequence
from time import monotonic

import orjson

from system.clients.protocol import SendFailure
from system.concurrency import Lock, new_lock, pause, start_thread
from system.endpoint import messages
from system.endpoint.messages import NoReply, Reply
from system.endpoint.request_reply import Requester, RequestResult, SentRequest
from system.endpoint.waiting.kinds import Waiter, WaitingKind
from system.endpoint.waiting.thread import ThreadWaiting
from system.wire.partitioner import partition
from system.wire.topics import CREATE_KEY, USERS, USERS_CREATE
from system.wire.users_pb2 import UserRequest

CHUNK = 1000
"""Users per chunk; the functions process them in a fraction of a second."""
RETRY_DELAY_S = 1.0
GIVE_UP_AFTER_S = 300.0
"""How long a batch is tried without progress, e.g. while Kafka is gone."""
STOP_TIMEOUT_S = 0.25
"""Limit for the end of the thread at a stop; the chunk that it waits for does no harm."""

BUSY = RequestResult(NoReply("overloaded", "This process fills another batch. Try again in a second."), None)

log = logging.getLogger(__name__)


class Batch:
    """A batch of *count* users with a *credit* each; *done* of them have it, from user 0 on."""

    def __init__(self, key_hash: bytes, number: int, count: int, credit: int, done: int) -> None:
        self.key_hash = key_hash
        self.number = number
        self.count = count
        self.credit = credit
        self.done = done
        self.is_noted = done >= count
        """Whether the create function knows that it is done."""
        self.waiters: list[Waiter] = []

    def __str__(self) -> str:
        return f"batch {self.number}, {self.done} of {self.count} users"


class Batches:
    """Fills batches, one at a time, in a topic `users` of *partitions* partitions."""

    def __init__(self, requester: Requester, waiting: WaitingKind, partitions: int) -> None:
        self._requester = requester
        self._waiting = waiting
        self._filler = _Filler(requester.waiting_by(ThreadWaiting()), partitions)
        self._lock = new_lock()
        self._key_hash: bytes | None = None
        self._current: Batch | None = None
        self._stopping = False
        self._ended: Lock | None = None

    def start(self, count: int, credit: int, key_hash: bytes) -> Batch | RequestResult:
        """Reserve the users 0..count-1 and begin to set their credit, or return why not.

        The batch of an earlier request with the same key goes on where it is.
        """
        with self._lock:
            if self._key_hash not in (None, key_hash):
                return BUSY
            self._key_hash = key_hash
        try:
            reserved = self._requester.request(
                USERS_CREATE, CREATE_KEY, messages.reserve_batch(count, credit, key_hash)
            )
            return self._run(key_hash, reserved)
        finally:
            self._forget(key_hash)

    def wait(self, batch: Batch, timeout_s: float) -> None:
        """Wait until *batch* has ended, at most *timeout_s*."""
        waiter = self._waiting.waiter()
        with self._lock:
            if self._current is not batch:
                waiter.close()
                return
            batch.waiters.append(waiter)
        waiter.wait(timeout_s)
        with self._lock:  # not while the thread wakes it
            if waiter in batch.waiters:
                batch.waiters.remove(waiter)
            waiter.close()

    def stop(self) -> None:
        """End the thread after its chunk, and log what is not done."""
        self._stopping = True
        batch = self._current
        if batch is None or self._ended is None:
            return
        self._ended.acquire(timeout=STOP_TIMEOUT_S)
        if not batch.is_noted:
            log.warning("stopped in %s; its request, repeated with the same key, goes on with it", batch)

    def _run(self, key_hash: bytes, reserved: RequestResult) -> Batch | RequestResult:
        """Return the running batch of *key_hash*, or the *reserved* one, for which a thread is started."""
        if not (isinstance(reserved.outcome, Reply) and _succeeded(reserved)):
            return reserved
        with self._lock:
            if self._current is not None:
                return self._current if self._current.key_hash == key_hash else BUSY
            body = orjson.loads(reserved.outcome.body)
            batch = Batch(key_hash, body["batch"], body["count"], body["credit"], body["done"])
            self._key_hash, self._current = key_hash, batch
            self._ended = start_thread(lambda: self._fill(batch), "batch")
        return batch

    def _forget(self, key_hash: bytes) -> None:
        """Let another batch begin, unless one runs."""
        with self._lock:
            if self._current is None and self._key_hash == key_hash:
                self._key_hash = None

    def _fill(self, batch: Batch) -> None:
        try:
            self._fill_to_end(batch)
        except Exception:  # the boundary: the thread ends, and its request can be repeated
            log.exception("%s: an unforeseen error ended it", batch)
        finally:
            self._end(batch)

    def _fill_to_end(self, batch: Batch) -> None:
        give_up_s = monotonic() + GIVE_UP_AFTER_S
        while not (batch.is_noted or self._stopping):
            failed = self._filler.step(batch)
            if failed is None:
                give_up_s = monotonic() + GIVE_UP_AFTER_S
            elif monotonic() > give_up_s:
                log.error("%s: given up after %d s without progress: %s", batch, GIVE_UP_AFTER_S, failed)
                return
            else:
                log.warning("%s: trying again after: %s", batch, failed)
                pause(RETRY_DELAY_S)

    def _end(self, batch: Batch) -> None:
        """Have no current batch, and wake those who wait for the end of this one."""
        with self._lock:
            self._current = self._key_hash = None
            for waiter in batch.waiters:
                waiter.wake()
            batch.waiters.clear()


class _Filler:
    """Writes the records of a batch; its *requester* is for a native thread."""

    def __init__(self, requester: Requester, partitions: int) -> None:
        self._requester = requester
        self._partitions = partitions

    def step(self, batch: Batch) -> str | None:
        """Set the credit of the next chunk of users or, after the last, note the end; return a failure."""
        if batch.done < batch.count:
            users = range(batch.done, min(batch.done + CHUNK, batch.count))
            failed = self._fill_chunk(users, batch)
            if failed is None:
                batch.done = users.stop
            return failed
        return self._note_end(batch)

    def _note_end(self, batch: Batch) -> str | None:
        noted = self._requester.request(
            USERS_CREATE, CREATE_KEY, messages.batch_progress(batch.count, batch.key_hash), bounded=False
        )
        # A key that is no longer remembered has no progress to keep: the batch is done all the same.
        batch.is_noted = isinstance(noted.outcome, Reply) and noted.outcome.status < 500
        return None if batch.is_noted else _reason(noted)

    def _fill_chunk(self, users: range, batch: Batch) -> str | None:
        """Note the progress, write a chunk and wait for its replies; return the first failure, or None."""
        sent: list[SentRequest] = []
        try:
            return self._write_and_wait(users, batch, sent)
        finally:
            for request in sent:
                self._requester.cancel(request)

    def _write_and_wait(self, users: range, batch: Batch, sent: list[SentRequest]) -> str | None:
        failures: list[SendFailure] = []
        progress = messages.batch_progress(users.start, batch.key_hash)
        refusal = self._requester.send_without_reply(USERS_CREATE, CREATE_KEY, progress, failures.append)
        with_reply = set(_last_of_each_partition(users, self._partitions))
        for user in users:
            if refusal is not None:
                return refusal.detail
            message = messages.initialise(batch.credit, batch.number)
            if user in with_reply:
                refusal = self._send(user, message, sent)
            else:
                refusal = self._requester.send_without_reply(USERS, str(user), message, failures.append)
        results = [] if refusal else self._wait(sent)
        if refusal or failures:
            return refusal.detail if refusal else f"Kafka did not take a record: {failures[0].reason}"
        return next((_reason(result) for result in results if not _succeeded(result)), None)

    def _wait(self, sent: Sequence[SentRequest]) -> Sequence[RequestResult]:
        end_s = monotonic() + self._requester.deadline_s
        return [self._requester.wait(request, max(end_s - monotonic(), 0)) for request in sent]

    def _send(self, user: int, message: UserRequest, sent: list[SentRequest]) -> NoReply | None:
        request = self._requester.send(USERS, str(user), message, bounded=False)
        if isinstance(request, NoReply):
            return request
        sent.append(request)
        return None


def _succeeded(result: RequestResult) -> bool:
    return isinstance(result.outcome, Reply) and result.outcome.status < 300


def _reason(result: RequestResult) -> str:
    outcome = result.outcome
    return outcome.detail if isinstance(outcome, NoReply) else outcome.body.decode()


def _last_of_each_partition(users: range, partitions: int) -> Iterator[int]:
    seen: set[int] = set()
    for user in reversed(users):
        number = partition(str(user).encode(), partitions)
        if number not in seen:
            seen.add(number)
            yield user
        if len(seen) == partitions:
            return
