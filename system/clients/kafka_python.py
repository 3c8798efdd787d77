"""kafka-python 3: pure Python, one I/O thread for the producer and one for the consumer."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from system.clients.equal import (
    EQUAL,
    MAX_RECORDS,
    OPEN_TIMEOUT_S,
    RECONNECT_BACKOFF_MAX_MS,
    RECONNECT_BACKOFF_MS,
    REQUEST_TIMEOUT_S,
    EqualSettings,
    as_text,
    delivery_timeout_ms,
)
from system.clients.kafka_python_producer import RenewedProducer
from system.clients.protocol import ClientUnavailable, OnFailure, missing
from system.concurrency import Waiting, new_lock, pause

_LOG = logging.getLogger(__name__)

_PAUSE_AFTER_ERROR_S = 0.1
"""So that a persistent error does not make the reader spin."""

_CLOSE_TIMEOUT_MS = 1_000


class KafkaPythonClient:
    """A `KafkaProducer` and a `KafkaConsumer`."""

    def __init__(self, kafka: str, deadline_s: float, open_timeout_s: float) -> None:
        from kafka.errors import KafkaError

        self._error = KafkaError
        self._polling = new_lock()
        self._closed = False
        timeout_ms = delivery_timeout_ms(deadline_s)
        self._open_timeout_ms = round(open_timeout_s * 1000)
        half_ms = self._open_timeout_ms // 2
        self._producer = RenewedProducer(
            lambda connect_timeout_ms: _producer(kafka, timeout_ms, connect_timeout_ms, half_ms),
            timeout_ms,
            half_ms,
        )
        try:
            self._consumer = _consumer(kafka, half_ms)
        except ClientUnavailable:
            self._producer.close()
            raise

    def partitions(self, topic: str) -> int:
        """Return the number of partitions of *topic* in the producer's metadata."""
        return len(
            self._query(
                f"the partitions of topic {topic!r}", lambda: self._producer.current.partitions_for(topic)
            )
        )

    def assign(self, topic: str, partition: int) -> None:
        """Read *partition* from its high watermark on."""
        from kafka import TopicPartition

        wanted = TopicPartition(topic, partition)
        with self._polling:
            self._consumer.assign([wanted])
            ends = self._query(
                f"the end offset of {topic}[{partition}]",
                lambda: self._consumer.end_offsets([wanted], timeout_ms=self._open_timeout_ms),
            )
            self._consumer.seek(wanted, ends[wanted])

    def send(self, topic: str, key: bytes, value: bytes, on_failure: OnFailure) -> None:
        """Queue a record; the producer's thread sends it and reports a failure."""
        self._producer.send(topic, key, value, on_failure)

    def poll(self, timeout_s: float) -> list[bytes]:
        """Return all records that the consumer's thread has fetched."""
        with self._polling:
            if self._closed:
                raise ClientUnavailable("the Kafka client is closed")
            self._producer.replace_if_broken()
            try:
                fetched = self._consumer.poll(timeout_ms=round(timeout_s * 1000), max_records=MAX_RECORDS)
            except self._error as error:
                _LOG.warning("reading is held up: %r", error)
                pause(min(timeout_s, _PAUSE_AFTER_ERROR_S))
                return []
        return [record.value or b"" for records in fetched.values() for record in records]

    def settings(self) -> Mapping[str, str]:
        """Return the settings as read back from producer and consumer."""
        import kafka

        producer = self._producer.current.config
        return {
            **as_text(_read_back(producer, self._consumer.config)),
            "delivery_timeout_ms": str(producer["delivery_timeout_ms"]),
            "produce_requests_in_flight": "1 per partition",
            "library": f"kafka-python {kafka.__version__}",
        }

    def close(self) -> None:
        """Flush, report the rest as failed, and end both I/O threads."""
        with self._polling:
            if self._closed:
                return
            self._closed = True
            self._producer.close()
            self._consumer.close(autocommit=False, timeout_ms=_CLOSE_TIMEOUT_MS)

    def _query(self, what: str, query: Callable[[], Any]) -> Any:
        """Return the result of *query*; raise `ClientUnavailable` if it fails."""
        if self._closed:
            raise ClientUnavailable("the Kafka client is closed")
        try:
            return query()
        except self._error as error:
            raise ClientUnavailable(f"the Kafka broker did not return {what}: {error!r}") from error


def _producer(kafka: str, timeout_ms: int, connect_timeout_ms: int, max_block_ms: int) -> Any:
    from kafka import KafkaProducer

    return _open(
        KafkaProducer,
        **_connection(kafka, timeout_ms, connect_timeout_ms),
        acks=EQUAL.acks,
        enable_idempotence=EQUAL.idempotence,
        linger_ms=EQUAL.linger_ms,
        batch_size=EQUAL.batch_bytes,
        compression_type=None,
        delivery_timeout_ms=timeout_ms,
        max_block_ms=max_block_ms,
    )


def _consumer(kafka: str, connect_timeout_ms: int) -> Any:
    from kafka import KafkaConsumer

    return _open(
        KafkaConsumer,
        **_connection(kafka, round(REQUEST_TIMEOUT_S * 1000), connect_timeout_ms),
        group_id=None,
        enable_auto_commit=EQUAL.auto_commit,
        auto_offset_reset="latest",
        isolation_level=EQUAL.isolation,
        fetch_max_wait_ms=EQUAL.fetch_wait_ms,
        fetch_min_bytes=EQUAL.fetch_min_bytes,
        max_poll_records=MAX_RECORDS,
    )


def _connection(kafka: str, request_timeout_ms: int, connect_timeout_ms: int) -> dict[str, Any]:
    """Return the settings common to producer and consumer; TCP_NODELAY is their default."""
    return {
        "bootstrap_servers": [kafka],
        "client_id": "statefun-bench",
        "bootstrap_timeout_ms": connect_timeout_ms,
        "request_timeout_ms": request_timeout_ms,
        "retry_backoff_ms": EQUAL.retry_backoff_ms,
        "reconnect_backoff_ms": RECONNECT_BACKOFF_MS,
        "reconnect_backoff_max_ms": RECONNECT_BACKOFF_MAX_MS,
        "allow_auto_create_topics": EQUAL.topic_auto_creation,
        "metrics_enabled": False,
    }


def _open(build: Callable[..., Any], **settings: Any) -> Any:
    """Return the client that *build* connects; if it fails, end the thread and sockets that it leaves."""
    from kafka.errors import KafkaError
    from kafka.net.compat import KafkaNetClient

    opened: list[Any] = []

    def net_client(**config: Any) -> Any:
        client = KafkaNetClient(**config)
        opened.append(client)
        # 3.0.12 does not pass this setting on; without it, the broker would create unknown topics.
        client.cluster.config["allow_auto_create_topics"] = config["allow_auto_create_topics"]
        return client

    try:
        return build(kafka_client=net_client, **settings)
    except KafkaError as error:
        for client in opened:
            client.close()
        raise ClientUnavailable(f"the Kafka broker did not answer: {error!r}") from error


def _read_back(producer: Mapping[str, Any], consumer: Mapping[str, Any]) -> EqualSettings:
    """Return the equal settings as they are in the two configurations."""
    partitioner = type(producer["partitioner"]).__name__
    return EqualSettings(
        acks="all" if producer["acks"] == -1 else str(producer["acks"]),
        idempotence=producer["enable_idempotence"],
        linger_ms=producer["linger_ms"],
        batch_bytes=producer["batch_size"],
        compression=producer["compression_type"] or "none",
        partitioner="murmur2" if partitioner == "DefaultPartitioner" else partitioner,
        isolation=consumer["isolation_level"],
        fetch_wait_ms=consumer["fetch_max_wait_ms"],
        fetch_min_bytes=consumer["fetch_min_bytes"],
        auto_commit=consumer["enable_auto_commit"],
        topic_auto_creation=producer["allow_auto_create_topics"] or consumer["allow_auto_create_topics"],
        tcp_nodelay=_nodelay(producer) and _nodelay(consumer),
        retry_backoff_ms=producer["retry_backoff_ms"],
    )


def _nodelay(configuration: Mapping[str, Any]) -> bool:
    from socket import IPPROTO_TCP, TCP_NODELAY

    return (IPPROTO_TCP, TCP_NODELAY, 1) in configuration["socket_options"]


class KafkaPython:
    """The catalogue's entry for `kafka-python`."""

    name = "kafka-python"
    distribution: str | None = "kafka-python"
    shared = True
    # Under gevent's patches its I/O threads are greenlets, for which a native reader would wait for ever.
    waitings: frozenset[Waiting] = frozenset({"thread"})

    def __init__(self, open_timeout_s: float = OPEN_TIMEOUT_S) -> None:
        self._open_timeout_s = open_timeout_s

    def refusal(self) -> str | None:
        """Return that the package is missing, or None."""
        return missing("kafka-python")

    def open(self, kafka: str, deadline_s: float) -> KafkaPythonClient:
        """Connect a producer and a consumer."""
        return KafkaPythonClient(kafka, deadline_s, self._open_timeout_s)


KAFKA_PYTHON = KafkaPython()
