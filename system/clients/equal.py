"""Settings that are equal for all Kafka clients, so that a comparison is not one of their defaults."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

OPEN_TIMEOUT_S = 8.0
"""Limit for connecting and for a query to the broker; below the 10 s of the interface."""

CLOSE_TIMEOUT_S = 1.5
"""How long queued records may delay `close`; a server allows its application `CLOSE_S`."""

REQUEST_TIMEOUT_S = 10.0
"""How long a fetch may stay unanswered before its connection is dropped (the broker holds it for 0.5 s)."""

MAX_QUEUED = 100_000
"""Most records that wait to be sent, where the library has no bound of its own; librdkafka's default."""

MAX_RECORDS = 10_000
"""Most records per poll; more than any burst, so that one poll returns all that have arrived."""

_PART_OF_DEADLINE = 0.8
"""A record is given up before its caller's deadline, so that the caller gets the reason."""


@dataclass(frozen=True)
class EqualSettings:
    """The settings that a comparison keeps equal.

    Idempotence costs no round trip, and a retried record is not stored twice.
    """

    acks: str = "all"
    idempotence: bool = True
    linger_ms: int = 0
    batch_bytes: int = 65_536
    compression: str = "none"
    partitioner: str = "murmur2"
    isolation: str = "read_uncommitted"
    fetch_wait_ms: int = 500
    fetch_min_bytes: int = 1
    auto_commit: bool = False
    topic_auto_creation: bool = False
    tcp_nodelay: bool = True
    retry_backoff_ms: int = 100


EQUAL = EqualSettings()

RECONNECT_BACKOFF_MS = 100
RECONNECT_BACKOFF_MAX_MS = 500
"""A client that has such a setting notices the end of an outage within 0.5 s."""


def delivery_timeout_ms(deadline_s: float) -> int:
    """Return the time after which a record is given up, for a caller that waits *deadline_s*."""
    return max(1, round(deadline_s * _PART_OF_DEADLINE * 1000))


def as_text(settings: EqualSettings) -> Mapping[str, str]:
    """Return *settings* as the strings that a report prints."""
    return {name: str(value).lower() for name, value in asdict(settings).items()}
