"""The settings that every Kafka client runs with: a comparison compares clients, not their defaults."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

OPEN_TIMEOUT_S = 8.0
"""How long a client may take to connect, or to ask the broker something: under the protocol's 10 s."""

CLOSE_TIMEOUT_S = 5.0
"""How long records that are still queued may delay `close`."""

REQUEST_TIMEOUT_S = 10.0
"""How long a fetch may stay unanswered before its connection is given up (it waits 0.5 s at the broker)."""

MAX_QUEUED = 100_000
"""How many records may wait to be sent where the library leaves the bound to us; librdkafka's own default."""

MAX_RECORDS = 10_000
"""More than any burst: one poll takes all that is there."""

_PART_OF_DEADLINE = 0.8
"""A record is given up before its caller's deadline, so that the caller hears why."""


@dataclass(frozen=True)
class EqualSettings:
    """What the comparison holds equal.

    Idempotence costs no round trip and keeps a record that is retried from being stored twice.
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
"""An outage that ends is noticed within half a second, where the client has such a setting."""


def delivery_timeout_ms(deadline_s: float) -> int:
    """Return after how long a record is given up, for a caller that waits *deadline_s*."""
    return max(1, round(deadline_s * _PART_OF_DEADLINE * 1000))


def as_text(settings: EqualSettings) -> Mapping[str, str]:
    """Return *settings* as the words that a report prints."""
    return {name: str(value).lower() for name, value in asdict(settings).items()}
