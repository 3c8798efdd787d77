"""A client without a broker: the functions applied in this process, by the thread that polls.

It is the fake of the endpoint's tests and the floor that the real clients' costs are compared with. Each
client has users of its own, which end with it.
"""

from _queue import (
    Empty,
    SimpleQueue,
)  # the C one: gevent's patched `queue` must not be waited on by a native thread
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from system.clients.protocol import ClientUnavailable, OnFailure
from system.concurrency import Waiting, new_lock
from system.functions.function import Record
from system.functions.local import LocalFunctions
from system.wire.partitioner import partition
from system.wire.topics import USER_EVENTS, USERS, USERS_CREATE

CLOSE_TIMEOUT_S = 5.0
PARTITIONS = {USERS: 16, USERS_CREATE: 1, USER_EVENTS: 32}


@dataclass(frozen=True, slots=True)
class _Assignment:
    """A mark in the log: what lies behind it in *partition* of *topic* is to be read."""

    topic: str
    partition: int


_NOWHERE = _Assignment("", -1)


class MemoryClient:
    """The topics as one queue: `send` appends to it, `poll` reads it and applies the functions."""

    def __init__(self) -> None:
        self.functions = LocalFunctions()
        self._log: SimpleQueue[Record | _Assignment] = SimpleQueue()
        self._assigned = _NOWHERE
        self._polling = new_lock()
        self._closed = False

    def partitions(self, topic: str) -> int:
        """Return how many partitions *topic* has."""
        try:
            return PARTITIONS[topic]
        except KeyError:
            raise ClientUnavailable(
                f"topic {topic!r} does not exist; there are {', '.join(PARTITIONS)}"
            ) from None

    def assign(self, topic: str, partition: int) -> None:
        """Read *partition* of *topic* from what is sent after this on."""
        if not 0 <= partition < self.partitions(topic):
            raise ValueError(f"topic {topic!r} has no partition {partition}, only 0..{PARTITIONS[topic] - 1}")
        self._log.put(_Assignment(topic, partition))

    def send(self, topic: str, key: bytes, value: bytes, on_failure: OnFailure) -> None:  # noqa: ARG002  it cannot fail
        """Append a record."""
        self._refuse_if_closed()
        self._log.put(Record(topic, key.decode(errors="replace"), value))

    def poll(self, timeout_s: float) -> list[bytes]:
        """Wait up to *timeout_s* for a record; apply what is there and return what it led to."""
        self._refuse_if_closed()
        with self._polling:
            try:
                values = self._take(self._log.get(timeout=timeout_s))
            except Empty:
                return []
            for _ in range(self._log.qsize()):
                values += self._take(self._log.get_nowait())
            return values

    def settings(self) -> Mapping[str, str]:
        """Return that there is nothing to set."""
        return {"broker": "none"}

    def close(self) -> None:
        """Refuse further records, and wait for a `poll` in progress."""
        self._closed = True
        self._log.put(_NOWHERE)  # wakes it
        if self._polling.acquire(timeout=CLOSE_TIMEOUT_S):
            self._polling.release()

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise ClientUnavailable("this client is closed; open another one")

    def _take(self, item: Record | _Assignment) -> list[bytes]:
        if isinstance(item, _Assignment):
            self._assigned = item
            return []
        records = (item, *self.functions.apply(item))
        return [record.value for record in records if self._is_assigned(record)]

    def _is_assigned(self, record: Record) -> bool:
        if record.topic != self._assigned.topic:
            return False
        return _partition(record.key, PARTITIONS[record.topic]) == self._assigned.partition


@lru_cache(maxsize=1024)
def _partition(key: str, partitions: int) -> int:
    return partition(key.encode(), partitions)


class Memory:
    """The in-memory fake, as the catalogue lists it."""

    name = "memory"
    distribution: str | None = None
    shared = False
    waitings: frozenset[Waiting] = frozenset({"thread", "gevent", "meinheld"})

    def refusal(self) -> str | None:
        """Return None: it needs nothing."""
        return None

    def open(self, kafka: str, deadline_s: float) -> MemoryClient:  # noqa: ARG002  there is no broker to reach
        """Return a client with users of its own."""
        return MemoryClient()


MEMORY = Memory()
