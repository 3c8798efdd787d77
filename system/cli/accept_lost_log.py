"""The command `accept-lost-log`: continue from the checkpoint although the log lost its newest records."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import click
from confluent_kafka import Producer

from system.cli import options
from system.errors import EnvironmentUnfit
from system.processes import folder_lock
from system.processes.guard import Guard
from system.processes.readiness import start_once
from system.runtime import checkpoints, components, log_guard
from system.runtime.checkpoints import Partition
from system.runtime.kafka import KafkaSettings
from system.runtime.layout import Layout
from system.runtime.stack import STOP_KAFKA_S, automatic_ports
from system.setup import installation
from system.wire.topics import INGRESS, PARTITIONS

DELIVERED_WITHIN_S = 120.0
BATCH = 10_000


@click.command("accept-lost-log")
@options.data_dir
@click.option("--kafka", metavar="HOST:PORT", help="A broker that runs already, for example in a container.")
def accept_lost_log(data_dir: Path, kafka: str | None) -> None:
    """Continue without the records that a broker has lost, after `up` refused to start.

    The state of the newest checkpoint stays as it is. The offsets that the log lacks are filled with empty
    records, which change nothing, so that new requests come after the checkpoint. Updates that were answered
    after the checkpoint are lost.
    """
    layout = options.layout_of(data_dir)
    last = checkpoints.newest(checkpoints.complete(layout.checkpoints))
    if last is None:
        raise EnvironmentUnfit(f"{layout.root} has no checkpoint to continue from")
    with _broker(layout, kafka) as address:
        resumed = log_guard.read_offsets(checkpoints.path(layout.checkpoints, last))
        missing = log_guard.shortfall(resumed, log_guard.log_ranges(address, PARTITIONS))
        fill(address, missing)
    for (topic, partition), count in missing.items():
        click.echo(f"topic {topic}, partition {partition}: {count} lost records are replaced by empty ones")
    if not missing:
        click.echo("the log lacks no record; nothing was changed")


@contextlib.contextmanager
def _broker(layout: Layout, given: str | None) -> Iterator[str]:
    """Give the address of the *given* broker, or of one that runs on the data dir meanwhile."""
    if given is not None:
        yield given
        return
    lock = folder_lock.take(layout.root, 0)
    ports = automatic_ports()
    settings = KafkaSettings(layout, ports.kafka, ports.controller)
    broker = components.broker(installation.find(os.environ), settings, PARTITIONS, STOP_KAFKA_S)
    with contextlib.closing(Guard((lock,))) as guard:
        process = start_once(broker, guard)
        try:
            yield settings.address
        finally:
            process.stop(broker.stop_signal, DELIVERED_WITHIN_S)


def fill(kafka: str, missing: dict[Partition, int]) -> None:
    """Append empty records to the partitions in *missing*, as many as it says.

    Raise `EnvironmentUnfit` if the broker does not take them.
    """
    assert {topic for topic, _ in missing} <= INGRESS
    producer = Producer({"bootstrap.servers": kafka, "enable.idempotence": True, "log_level": 2})
    for (topic, partition), count in missing.items():
        for number in range(count):
            producer.produce(topic, value=None, key=None, partition=partition)
            if number % BATCH == BATCH - 1:
                producer.flush(DELIVERED_WITHIN_S)
    if left := producer.flush(DELIVERED_WITHIN_S):
        raise EnvironmentUnfit(f"Kafka at {kafka} did not take {left} records; run the command again")
