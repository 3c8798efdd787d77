"""Makes many users at once: one reservation, then one record a user, in chunks.

A chunk is written, and of each partition its last record asks for a reply; the next chunk waits for those.
So no more records of a batch than a chunk wait in Kafka, other requests queue behind no more than that, and
memory holds one chunk whatever the size of the batch. What was answered is certain to be done before
whatever comes later, since it stands before it in the log.
"""

from collections.abc import Iterator, Sequence
from time import monotonic

import orjson

from system.clients.protocol import SendFailure
from system.concurrency import new_lock
from system.endpoint import messages
from system.endpoint.replies import NoReply, Reply
from system.endpoint.request_reply import Exchange, Exchanged, Ticket
from system.wire.partitioner import partition
from system.wire.topics import CREATE_KEY, USERS, USERS_CREATE
from system.wire.users_pb2 import UserRequest

CHUNK = 1000
"""Users a chunk: a fraction of a second of the functions' work."""


class Batches:
    """Fills one batch at a time into a topic `users` of *partitions* partitions."""

    def __init__(self, exchange: Exchange, partitions: int) -> None:
        self._exchange = exchange
        self._partitions = partitions
        self._filling = new_lock()

    def fill(self, count: int, credit: int, key_hash: bytes) -> Exchanged:
        """Give the users 0..count-1 a credit of *credit*; return the reply that ended it, good or bad."""
        if not self._filling.acquire(timeout=0):
            return Exchanged(
                NoReply("overloaded", "Another batch is being filled. Try again in a second."), None
            )
        try:
            return self._fill(count, credit, key_hash)
        finally:
            self._filling.release()

    def _fill(self, count: int, credit: int, key_hash: bytes) -> Exchanged:
        reserved = self._exchange.ask(
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

    def _fill_chunk(self, users: range, credit: int, batch: int) -> Exchanged | None:
        """Write a chunk and wait for nothing of it any more; return the first reply that is bad, or None."""
        tickets: list[Ticket] = []
        try:
            return self._write(users, credit, batch, tickets)
        finally:
            for ticket in tickets:
                self._exchange.abandon(ticket)

    def _write(self, users: range, credit: int, batch: int, tickets: list[Ticket]) -> Exchanged | None:
        asking = set(_last_of_each_partition(users, self._partitions))
        failures: list[SendFailure] = []
        for user in users:
            message = messages.initialise(credit, batch)
            if user in asking:
                refusal = self._post(user, message, tickets)
            else:
                refusal = self._exchange.tell(USERS, str(user), message, failures.append)
            if refusal is not None:
                return Exchanged(refusal, None)
        ended = self._collect(tickets)
        if failures:
            return Exchanged(
                NoReply("unavailable", f"Kafka did not take a record: {failures[0].reason}."), None
            )
        return next((exchanged for exchanged in ended if not _succeeded(exchanged)), None)

    def _collect(self, tickets: Sequence[Ticket]) -> Sequence[Exchanged]:
        deadline = monotonic() + self._exchange.deadline_s
        return [self._exchange.collect(ticket, max(deadline - monotonic(), 0)) for ticket in tickets]

    def _post(self, user: int, message: UserRequest, tickets: list[Ticket]) -> NoReply | None:
        ticket = self._exchange.post(USERS, str(user), message, bounded=False)
        if isinstance(ticket, NoReply):
            return ticket
        tickets.append(ticket)
        return None


def _succeeded(exchanged: Exchanged) -> bool:
    return isinstance(exchanged.outcome, Reply) and exchanged.outcome.status < 300


def _last_of_each_partition(users: range, partitions: int) -> Iterator[int]:
    seen: set[int] = set()
    for user in reversed(users):
        place = partition(str(user).encode(), partitions)
        if place not in seen:
            seen.add(place)
            yield user
        if len(seen) == partitions:
            return
