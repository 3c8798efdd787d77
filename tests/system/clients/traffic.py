"""Records for the tests of the clients."""

import time
from collections.abc import Iterable

from system.clients.protocol import Client, SendFailure
from system.wire.partitioner import partition

PARTITIONS = 32
PARTITION = 11
KEYS = [key for key in (b"%d" % number for number in range(400)) if partition(key, PARTITIONS) == PARTITION]
"""Keys of this partition."""

TIMEOUT_S = 60.0


def unexpected(failure: SendFailure) -> None:
    raise AssertionError(failure)


def send_all(client: Client, topic: str, values: Iterable[bytes], key: bytes = KEYS[0]) -> None:
    for value in values:
        client.send(topic, key, value, unexpected)


def receive(client: Client, wanted: int) -> list[bytes]:
    """Poll until *wanted* values have come, and once more; return all."""
    deadline_s = time.monotonic() + TIMEOUT_S
    values: list[bytes] = []
    while len(values) < wanted:
        assert time.monotonic() < deadline_s, f"{len(values)} of {wanted} values came"
        values += client.poll(1.0)
    return values + client.poll(0.2)
