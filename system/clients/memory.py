"""In-memory client without a broker: the thread that polls applies the functions.

It is the fake in the endpoint's tests, and the baseline for the cost of a real client. Each client has its
own users, which are lost when it is closed.
"""

from _queue import Empty, SimpleQueue  # not gevent's `queue`, on which a native thread must not wait
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from system.clients.equal import CLOSE_TIMEOUT_S
from system.clients.protocol import ClientUnavailable, OnFailure
from system.concurrency import Waiting, new_lock
from system.functions.function import Record
from system.functions.local import LocalFunctions
from system.wire.partitioner import partition
from system.wire.topics import PARTITIONS


@dataclass(frozen=True, slots=True)
class _Assignment:
    """A mark in the log: records after it in *partition* of *topic* are returned by `poll`."""

    topic: str
    partition: int


_NOTHING = _Assignment("", -1)


class MemoryClient:
    """All topics as one queue: `send` appends to it, `poll` reads it and applies the functions."""

    def __init__(self) -> None:
        self.functions = LocalFunctions()
        self._log: SimpleQueue[Record | _Assignment] = SimpleQueue()
        self._assigned = _NOTHING
        self._polling = new_lock()
        self._closed = False

    def partitions(self, topic: str) -> int:
        """Return the number of partitions of *topic*."""
        try:
            return PARTITIONS[topic]
        except KeyError:
            raise ClientUnavailable(
                f"topic {topic!r} does not exist; there are {', '.join(PARTITIONS)}"
            ) from None

    def assign(self, topic: str, partition: int) -> None:
        """Read the records of *partition* that are sent from now on."""
        if not 0 <= partition < self.partitions(topic):
            raise ValueError(f"topic {topic!r} has no partition {partition}, only 0..{PARTITIONS[topic] - 1}")
        self._log.put(_Assignment(topic, partition))

    def send(self, topic: str, key: bytes, value: bytes, on_failure: OnFailure) -> None:  # noqa: ARG002  it cannot fail
        """Append a record."""
        self._refuse_if_closed()
        self._log.put(Record(topic, key.decode(errors="replace"), value))

    def poll(self, timeout_s: float) -> list[bytes]:
        """Wait up to *timeout_s* for a record; apply all that are there and return the assigned values."""
        self._refuse_if_closed()
        with self._polling:
            try:
                values = self._apply(self._log.get(timeout=timeout_s))
            except Empty:
                return []
            for _ in range(self._log.qsize()):
                values += self._apply(self._log.get_nowait())
            return values

    def settings(self) -> Mapping[str, str]:
        """Return that there is no broker."""
        return {"broker": "none"}

    def close(self) -> None:
        """Refuse further records, and wait for a `poll` in progress."""
        self._closed = True
        self._log.put(_NOTHING)  # wakes it up
        if self._polling.acquire(timeout=CLOSE_TIMEOUT_S):
            self._polling.release()

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise ClientUnavailable("this client is closed; open another one")

    def _apply(self, item: Record | _Assignment) -> list[bytes]:
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
    """The catalogue's entry for `memory`."""

    name = "memory"
    distribution: str | None = None
    shared = False
    waitings: frozenset[Waiting] = frozenset({"thread", "gevent", "meinheld"})

    def refusal(self) -> str | None:
        """Return None: it needs nothing."""
        return None

    def open(self, kafka: str, deadline_s: float) -> MemoryClient:  # noqa: ARG002  there is no broker to reach
        """Return a client with its own users."""
        return MemoryClient()


MEMORY = Memory()
