"""Creation of many users at once: one reservation, then one record per user, in chunks.

In each chunk, the last record of each partition asks for a reply, and the next chunk is written when these
replies have come. So Kafka holds at most one chunk of unprocessed records, other requests wait for no more
than that, and memory does not grow with the batch. The log keeps the order: after the replies, every record
of the chunk has been applied.
"""

from collections.abc import Iterator, Sequence
from time import monotonic

import orjson

from system.clients.protocol import SendFailure
from system.concurrency import new_lock
from system.endpoint import messages
from system.endpoint.messages import NoReply, Reply
from system.endpoint.request_reply import Requester, RequestResult, SentRequest
from system.wire.partitioner import partition
from system.wire.topics import CREATE_KEY, USERS, USERS_CREATE
from system.wire.users_pb2 import UserRequest

CHUNK = 1000
"""Users per chunk; the functions process them in a fraction of a second."""


class Batches:
    """Writes batches, one at a time, to a topic `users` of *partitions* partitions."""

    def __init__(self, requester: Requester, partitions: int) -> None:
        self._requester = requester
        self._partitions = partitions
        self._in_progress = new_lock()

    def fill(self, count: int, credit: int, key_hash: bytes) -> RequestResult:
        """Set the credit of the users 0..count-1; return the first failure, or the reservation's reply."""
        if not self._in_progress.acquire(timeout=0):
            return RequestResult(
                NoReply("overloaded", "Another batch is being filled. Try again in a second."), None
            )
        try:
            return self._fill(count, credit, key_hash)
        finally:
            self._in_progress.release()

    def _fill(self, count: int, credit: int, key_hash: bytes) -> RequestResult:
        reserved = self._requester.request(
            USERS_CREATE, CREATE_KEY, messages.reserve_batch(count, credit, key_hash)
        )
        if isinstance(reserved.outcome, NoReply) or not _succeeded(reserved):
            return reserved
        batch = orjson.loads(reserved.outcome.body)["batch"]
        for start in range(0, count, CHUNK):
            failed = self._fill_chunk(range(start, min(start + CHUNK, count)), credit, batch)
            if failed is not None:
                return failed
        return reserved

    def _fill_chunk(self, users: range, credit: int, batch: int) -> RequestResult | None:
        """Write a chunk and wait for its replies; return the first failure, or None."""
        sent: list[SentRequest] = []
        try:
            return self._write_and_wait(users, credit, batch, sent)
        finally:
            for request in sent:
                self._requester.cancel(request)

    def _write_and_wait(
        self, users: range, credit: int, batch: int, sent: list[SentRequest]
    ) -> RequestResult | None:
        with_reply = set(_last_of_each_partition(users, self._partitions))
        failures: list[SendFailure] = []
        for user in users:
            message = messages.initialise(credit, batch)
            if user in with_reply:
                refusal = self._send(user, message, sent)
            else:
                refusal = self._requester.send_without_reply(USERS, str(user), message, failures.append)
            if refusal is not None:
                return RequestResult(refusal, None)
        results = self._wait(sent)
        if failures:
            return RequestResult(
                NoReply("unavailable", f"Kafka did not take a record: {failures[0].reason}."), None
            )
        return next((result for result in results if not _succeeded(result)), None)

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


def _last_of_each_partition(users: range, partitions: int) -> Iterator[int]:
    seen: set[int] = set()
    for user in reversed(users):
        number = partition(str(user).encode(), partitions)
        if number not in seen:
            seen.add(number)
            yield user
        if len(seen) == partitions:
            return
