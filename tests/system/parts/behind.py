"""What is behind the endpoints: Kafka, Flink, and functions that keep requests waiting on demand."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]  # It lists no exports.

from system.wire.topics import PARTITIONS
from tests.live_system import LiveSystem, started
from tests.system.parts.combinations import Combination

ANSWERS_WITHIN_S = 10.0
REQUESTS = "users"


@dataclass(frozen=True)
class Behind:
    """A *system* without an endpoint, whose functions answer nothing while *held_by* is there."""

    system: LiveSystem
    held_by: Path

    def endpoint(self, combination: Combination) -> LiveSystem:
        """Start an endpoint beside it."""
        return started(self.system.data_dir, ("component", "endpoint", *combination.options))

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep every request waiting until the block is left."""
        self.held_by.touch()
        try:
            yield
        finally:
            self.held_by.unlink()

    def requests(self) -> int:
        """Return how many requests to users Kafka has, answered or not."""
        latest = OffsetSpec.latest()  # type: ignore[no-untyped-call]  # It has no annotation.
        partitions = {TopicPartition(REQUESTS, number): latest for number in range(PARTITIONS[REQUESTS])}
        admin = AdminClient({"bootstrap.servers": self.system.addresses["kafka"]})
        offsets = admin.list_offsets(partitions, request_timeout=ANSWERS_WITHIN_S)
        return sum(future.result(ANSWERS_WITHIN_S).offset for future in offsets.values())
