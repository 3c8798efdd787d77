"""System without an endpoint, whose functions can hold back their answers."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]  # It lists no exports.

from system.wire.topics import PARTITIONS
from tests.live_system import LiveSystem, started
from tests.system.parts.combinations import Combination

TIMEOUT_S = 10.0
REQUESTS = "users"


@dataclass(frozen=True)
class Backend:
    """A *system* without an endpoint; its functions hold back answers while the file *held_by* exists."""

    system: LiveSystem
    held_by: Path

    def endpoint(self, combination: Combination) -> LiveSystem:
        """Start an endpoint for it."""
        return started(self.system.data_dir, ("component", "endpoint", *combination.options))

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep every request waiting during the block."""
        self.held_by.touch()
        try:
            yield
        finally:
            self.held_by.unlink()

    def requests(self) -> int:
        """Return the number of records in the topic of the requests, answered or not."""
        latest = OffsetSpec.latest()  # type: ignore[no-untyped-call]  # It has no annotation.
        partitions = {TopicPartition(REQUESTS, number): latest for number in range(PARTITIONS[REQUESTS])}
        admin = AdminClient({"bootstrap.servers": self.system.addresses["kafka"]})
        offsets = admin.list_offsets(partitions, request_timeout=TIMEOUT_S)
        return sum(future.result(TIMEOUT_S).offset for future in offsets.values())
