"""The settings that a client reports are those that its library has, read back from the library."""

import logging
from contextlib import closing
from dataclasses import asdict
from socket import IPPROTO_TCP, TCP_NODELAY
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer

from system.clients import confluent
from system.clients.aiokafka import AIO_KAFKA
from system.clients.equal import EQUAL
from tests.system.clients.broker import Broker
from tests.system.clients.traffic import PARTITION

NOWHERE = "127.0.0.1:1"
TIMEOUT_MS = 8000


def librdkafkas(kind: type[Producer] | type[Consumer], settings: dict[str, Any]) -> dict[str, str]:
    """Return the settings that librdkafka itself prints for a client made with *settings*."""
    printed: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: printed.append(record.getMessage())  # type: ignore[method-assign]
    log = logging.getLogger("tests.librdkafka")
    log.setLevel(logging.DEBUG)
    log.propagate, log.handlers = False, [handler]
    client = kind({**settings, "debug": "conf", "log_level": 7}, logger=log)
    client.poll(0)
    client.close()
    lines = (line.rpartition("]:")[2].strip().split(" = ", 1) for line in printed if " = " in line)
    return dict(lines)


def test_librdkafka_has_the_equal_settings() -> None:
    producer = librdkafkas(Producer, confluent._producer_settings(NOWHERE, TIMEOUT_MS))
    consumer = librdkafkas(Consumer, confluent._consumer_settings(NOWHERE))
    read_back = {
        "acks": "all" if producer["request.required.acks"] == "-1" else "less",
        "idempotence": producer["enable.idempotence"] == "true",
        "linger_ms": int(producer["queue.buffering.max.ms"]),
        "batch_bytes": int(producer["batch.size"]),
        "compression": producer["compression.codec"],
        "partitioner": producer["partitioner"],
        "isolation": consumer["isolation.level"],
        "fetch_wait_ms": int(consumer["fetch.wait.max.ms"]),
        "fetch_min_bytes": int(consumer["fetch.min.bytes"]),
        "auto_commit": consumer["enable.auto.commit"] == "true",
        "topic_auto_creation": "true" in {one["allow.auto.create.topics"] for one in (producer, consumer)},
        "tcp_nodelay": {one["socket.nagle.disable"] for one in (producer, consumer)} == {"true"},
        "retry_backoff_ms": int(producer["retry.backoff.ms"]),
    }
    assert read_back == asdict(EQUAL)
    assert producer["message.timeout.ms"] == str(TIMEOUT_MS)


@pytest.mark.real
def test_aiokafka_has_the_equal_settings(broker: Broker) -> None:
    with closing(AIO_KAFKA.open(broker.address, 10)) as client:
        topic = broker.new_topic()
        client.partitions(topic)
        client.assign(topic, PARTITION)
        producer, consumer = client._outbox.producer, client._consumer
        assert producer is not None
        sender, accumulator = producer._sender, producer._message_accumulator
        connections = [*producer.client._conns.values(), *consumer._client._conns.values()]
        sockets = [one._writer.get_extra_info("socket") for one in connections]
        read_back = {
            "acks": "all" if sender._acks == -1 else "less",
            "idempotence": sender._txn_manager is not None,
            "linger_ms": accumulator._linger_time * 1000,
            "batch_bytes": accumulator._batch_size,
            "compression": producer._compression_type or "none",
            "partitioner": "murmur2" if type(producer._partitioner).__name__ == "DefaultPartitioner" else "?",
            "isolation": consumer._isolation_level,
            "fetch_wait_ms": consumer._fetcher._fetch_max_wait_ms,
            "fetch_min_bytes": consumer._fetcher._fetch_min_bytes,
            "auto_commit": consumer._enable_auto_commit,
            "topic_auto_creation": False,  # It has no such setting; the contract's test observes it.
            "tcp_nodelay": all(one.getsockopt(IPPROTO_TCP, TCP_NODELAY) for one in sockets),
            "retry_backoff_ms": sender._retry_backoff * 1000,
        }
        assert len(sockets) >= 2
        assert read_back == asdict(EQUAL)
        assert producer._request_timeout_ms == TIMEOUT_MS
