"""confluent-kafka: librdkafka, whose own threads do all I/O."""

import logging
from collections.abc import Callable, Mapping
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

from system.clients.equal import (
    CLOSE_TIMEOUT_S,
    EQUAL,
    MAX_RECORDS,
    OPEN_TIMEOUT_S,
    RECONNECT_BACKOFF_MAX_MS,
    RECONNECT_BACKOFF_MS,
    REQUEST_TIMEOUT_S,
    as_text,
    delivery_timeout_ms,
)
from system.clients.protocol import ClientUnavailable, OnFailure, SendFailure, missing
from system.concurrency import Waiting, new_lock, pause

if TYPE_CHECKING:
    from confluent_kafka import KafkaError, TopicPartition

_LOG = logging.getLogger(__name__)

_Answer = TypeVar("_Answer")

_IN_FLIGHT = 5
"""The most requests in flight that librdkafka allows an idempotent producer."""

_CRITICAL = 2
"""The least severe syslog level that librdkafka may log by itself."""

_QUIET_S = 10.0
"""The least time between two log lines about an unreachable broker."""

_WATERMARK_TIMEOUT_S = 2.0
_RETRY_DELAY_S = 0.05

_REFUSED = frozenset(
    {"MSG_SIZE_TOO_LARGE", "RECORD_LIST_TOO_LARGE", "INVALID_RECORD", "TOPIC_AUTHORIZATION_FAILED"}
    | {"_UNKNOWN_TOPIC", "_UNKNOWN_PARTITION", "UNKNOWN_TOPIC_OR_PART", "POLICY_VIOLATION"}
)
"""Errors that mean that the broker, or librdkafka before it, refused the record."""


class ConfluentClient:
    """A producer and a consumer of librdkafka.

    `poll` serves the delivery reports before it waits, so that `send` need not.
    """

    def __init__(self, kafka: str, deadline_s: float, open_timeout_s: float) -> None:
        from confluent_kafka import Consumer, KafkaException, Producer

        timeout_ms = delivery_timeout_ms(deadline_s)
        self._errors = (KafkaException, BufferError, RuntimeError)
        self._producer = Producer(_producer_settings(kafka, timeout_ms), logger=_LOG)
        self._consumer = Consumer(_consumer_settings(kafka), logger=_LOG)
        self._delivery_timeout_ms = timeout_ms
        self._open_timeout_s = open_timeout_s
        self._polling = new_lock()
        self._closed = False

    def reach_broker(self) -> None:
        """Raise `ClientUnavailable` if the broker does not return its metadata."""
        self._query(lambda: self._producer.list_topics(timeout=self._open_timeout_s))

    def partitions(self, topic: str) -> int:
        """Query the broker, on the producer's connection, where no fetch is in the way."""
        described = self._query(lambda: self._producer.list_topics(topic, self._open_timeout_s)).topics[topic]
        if not described.partitions:
            raise ClientUnavailable(f"topic {topic!r} cannot be used: {described.error}")
        return len(described.partitions)

    def assign(self, topic: str, partition: int) -> None:
        """Read *partition* from its high watermark on."""
        from confluent_kafka import TopicPartition

        start = TopicPartition(topic, partition)
        start.offset = self._end(start)
        self._consumer.assign([start])

    def send(self, topic: str, key: bytes, value: bytes, on_failure: OnFailure) -> None:
        """Queue a record, which a thread of librdkafka sends."""
        try:
            self._producer.produce(
                topic, value, key, on_delivery=lambda error, _: on_failure(_failure(error))
            )
        except self._errors as error:
            raise ClientUnavailable(f"the record for {topic!r} was not queued: {error}") from error

    def poll(self, timeout_s: float) -> list[bytes]:
        """Report failed records, wait for a first record, and return all that have arrived."""
        with self._polling:
            if self._closed:
                raise ClientUnavailable("the Kafka client is closed")
            self._producer.poll(0)
            first = self._consumer.poll(timeout_s)
            if first is None:
                return []
            messages = [first, *self._consumer.consume(MAX_RECORDS, 0)]
        return [message.value() or b"" for message in messages if message.error() is None]

    def settings(self) -> Mapping[str, str]:
        """Return the configured settings; a test compares them with those that librdkafka prints."""
        return {
            **as_text(EQUAL),
            "delivery_timeout_ms": str(self._delivery_timeout_ms),
            "produce_requests_in_flight": str(_IN_FLIGHT),
            "library": _library(),
        }

    def close(self) -> None:
        """Flush, report the rest as failed, and end librdkafka's threads."""
        with self._polling:
            if self._closed:
                return
            self._closed = True
            if self._producer.flush(CLOSE_TIMEOUT_S):
                self._producer.purge()
                self._producer.flush(1)
            self._producer.close()
            self._consumer.close()

    def _end(self, partition: "TopicPartition") -> int:
        """Return the high watermark; librdkafka does not retry while a partition has no leader yet."""
        deadline_s = monotonic() + self._open_timeout_s
        while True:
            try:
                watermarks = self._query(
                    lambda: self._consumer.get_watermark_offsets(partition, _WATERMARK_TIMEOUT_S)
                )
            except ClientUnavailable:
                if monotonic() > deadline_s:
                    raise
                pause(_RETRY_DELAY_S)
            else:
                return watermarks[1]

    def _query(self, query: Callable[[], _Answer]) -> _Answer:
        """Return the result of *query*; raise `ClientUnavailable` if it fails."""
        try:
            return query()
        except self._errors as error:
            raise ClientUnavailable(f"the Kafka broker did not answer: {error}") from error


def _producer_settings(kafka: str, timeout_ms: int) -> dict[str, Any]:
    """Return the producer's settings by librdkafka's names (its CONFIGURATION.md)."""
    return {
        **_connection_settings(kafka),
        "acks": EQUAL.acks,
        "enable.idempotence": EQUAL.idempotence,
        "linger.ms": EQUAL.linger_ms,
        "batch.size": EQUAL.batch_bytes,
        "compression.type": EQUAL.compression,
        "partitioner": EQUAL.partitioner,
        "message.timeout.ms": timeout_ms,
        "max.in.flight.requests.per.connection": _IN_FLIGHT,
        "retry.backoff.ms": EQUAL.retry_backoff_ms,
        "delivery.report.only.error": True,
    }


def _consumer_settings(kafka: str) -> dict[str, Any]:
    """Return the consumer's settings; a group is mandatory, although `assign` never joins it."""
    return {
        **_connection_settings(kafka),
        "group.id": "unused",
        "enable.auto.commit": EQUAL.auto_commit,
        "enable.auto.offset.store": False,
        "auto.offset.reset": "latest",
        "isolation.level": EQUAL.isolation,
        "fetch.wait.max.ms": EQUAL.fetch_wait_ms,
        "fetch.min.bytes": EQUAL.fetch_min_bytes,
        "fetch.error.backoff.ms": EQUAL.retry_backoff_ms,
    }


def _connection_settings(kafka: str) -> dict[str, Any]:
    return {
        "bootstrap.servers": kafka,
        "client.id": "statefun-bench",
        "log_level": _CRITICAL,
        "error_cb": _OutageLog(),
        "allow.auto.create.topics": EQUAL.topic_auto_creation,
        "socket.nagle.disable": EQUAL.tcp_nodelay,
        "socket.timeout.ms": round(REQUEST_TIMEOUT_S * 1000),
        "reconnect.backoff.ms": RECONNECT_BACKOFF_MS,
        "reconnect.backoff.max.ms": RECONNECT_BACKOFF_MAX_MS,
    }


class _OutageLog:
    """Log of an outage, a line per 10 s; librdkafka reports every attempt to reconnect."""

    def __init__(self) -> None:
        self._quiet_until_s = 0.0

    def __call__(self, error: "KafkaError") -> None:
        """Log *error*, as librdkafka's `error_cb`."""
        now_s = monotonic()
        if error.fatal() or now_s >= self._quiet_until_s:
            self._quiet_until_s = now_s + _QUIET_S
            _LOG.warning("Kafka: %s", error.str())


def _failure(error: "KafkaError | None") -> SendFailure:
    """Translate *error*; the binding does not show whether a record that timed out had been sent."""
    if error is None:
        return SendFailure(reason="librdkafka gave no reason", stored=None)
    return SendFailure(reason=error.str(), stored=False if error.name() in _REFUSED else None)


def _library() -> str:
    from confluent_kafka import __version__, libversion

    return f"confluent-kafka {__version__}, librdkafka {libversion()[0]}"


class ConfluentKafka:
    """The catalogue's entry for `confluent-kafka`."""

    name = "confluent-kafka"
    distribution: str | None = "confluent-kafka"
    shared = True
    waitings: frozenset[Waiting] = frozenset({"thread", "gevent", "meinheld"})

    def __init__(self, open_timeout_s: float = OPEN_TIMEOUT_S) -> None:
        self._open_timeout_s = open_timeout_s

    def refusal(self) -> str | None:
        """Return that the package is missing, or None."""
        return missing("confluent-kafka")

    def open(self, kafka: str, deadline_s: float) -> ConfluentClient:
        """Start librdkafka's threads and check that the broker answers."""
        client = ConfluentClient(kafka, deadline_s, self._open_timeout_s)
        try:
            client.reach_broker()
        except ClientUnavailable:
            client.close()
            raise
        return client


CONFLUENT_KAFKA = ConfluentKafka()
