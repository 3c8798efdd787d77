"""Real Kafka broker for tests, which can be killed and restarted.

Unlike the system's broker it creates topics on request, which shows whether a client requests that.
"""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from confluent_kafka import Consumer, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from system.processes.component import READY
from system.processes.ports import free_ports
from system.runtime import kafka
from system.runtime.kafka import KafkaSettings
from system.runtime.layout import Layout
from system.setup import installation

READY_TIMEOUT_S = 60.0
PROBE_EVERY_S = 0.05


class Broker:
    """A broker process with a data directory."""

    def __init__(self, data_dir: Path) -> None:
        found = installation.find(os.environ)
        port, controller_port = free_ports(2)
        settings = KafkaSettings(Layout(data_dir), port, controller_port)
        kafka.prepare(found, settings)
        self.address = settings.address
        with (settings.layout.settings / "server.properties").open("a") as properties:
            properties.write("auto.create.topics.enable=true\n")
        self._command = kafka.command(found, settings)
        self._log = data_dir / "broker.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = count()

    def start(self) -> None:
        """Start it and wait until it answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command.arguments,
                env={**os.environ, **self._command.environment},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline_s = time.monotonic() + READY_TIMEOUT_S
        while (seen := kafka.probe(self.address)) != READY:
            assert time.monotonic() < deadline_s, f"no broker within {READY_TIMEOUT_S} s: {seen}"
            assert self._process.poll() is None, self._log.read_text()[-2000:]
            time.sleep(PROBE_EVERY_S)

    def kill(self) -> None:
        """Kill it with SIGKILL."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def new_topic(self, partitions: int = 32) -> str:
        """Create a topic with a new name."""
        topic = f"test-{next(self._numbers)}"
        admin = AdminClient({"bootstrap.servers": self.address})
        admin.create_topics([NewTopic(topic, partitions, 1)])[topic].result(READY_TIMEOUT_S)
        deadline_s = time.monotonic() + READY_TIMEOUT_S
        while (seen := _leaders(admin, topic)) < partitions:
            assert time.monotonic() < deadline_s, f"only {seen} partitions of {topic} have leaders"
            time.sleep(PROBE_EVERY_S)
        return topic

    def stored(self, topic: str, partition: int) -> list[bytes]:
        """Return every value of *partition*, from its beginning."""
        consumer = Consumer(
            {"bootstrap.servers": self.address, "group.id": "reader", "enable.auto.commit": False}
        )
        try:
            end = _end(consumer, TopicPartition(topic, partition))
            consumer.assign([TopicPartition(topic, partition, 0)])
            return list(_read(consumer, end))
        finally:
            consumer.close()


def _leaders(admin: AdminClient, topic: str) -> int:
    described = admin.list_topics(timeout=READY_TIMEOUT_S).topics.get(topic)
    return sum(partition.leader >= 0 for partition in described.partitions.values()) if described else 0


def _end(consumer: Consumer, partition: TopicPartition) -> int:
    deadline_s = time.monotonic() + READY_TIMEOUT_S
    while True:
        try:
            return int(consumer.get_watermark_offsets(partition, timeout=5)[1])
        except KafkaException:
            if time.monotonic() > deadline_s:
                raise
            time.sleep(PROBE_EVERY_S)


def _read(consumer: Consumer, end: int) -> Iterator[bytes]:
    position = 0
    deadline_s = time.monotonic() + READY_TIMEOUT_S
    while position < end:
        assert time.monotonic() < deadline_s, f"read {position} of {end} records"
        message = consumer.poll(1.0)
        if message is not None and message.error() is None:
            position = (message.offset() or 0) + 1
            yield message.value() or b""


@contextmanager
def running(data_dir: Path) -> Iterator[Broker]:
    """Run a broker during the block."""
    broker = Broker(data_dir)
    broker.start()
    try:
        yield broker
    finally:
        broker.kill()
