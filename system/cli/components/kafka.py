"""The command `component kafka`: run a broker."""

import os

import click

from system.cli import options
from system.cli.components import single
from system.cli.components.single import SingleOptions
from system.processes.ports import refuse_ports_in_use
from system.runtime import components
from system.runtime.kafka import KafkaSettings
from system.runtime.state import Addresses
from system.setup import installation
from system.wire.topics import PARTITIONS

PORT, CONTROLLER_PORT = 9092, 9093


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=PORT, show_default=True)
@click.option("--controller-port", type=click.IntRange(1, 65535), default=CONTROLLER_PORT, show_default=True)
@single.advertise_option("the broker")
@options.flush_each_write
@single.common_options
def kafka(
    common: SingleOptions, port: int, controller_port: int, advertise: str | None, *, flush_each_write: bool
) -> None:
    """Run a broker and create the topics.

    Prints `ready kafka=HOST:PORT` when the topics can be used.
    """
    host = single.advertised_host(common.host, advertise)
    refuse_ports_in_use({"kafka": port, "controller": controller_port})
    settings = KafkaSettings(
        common.layout,
        port,
        controller_port,
        host=host,
        bind_host=common.host,
        flush_each_write=flush_each_write,
    )
    broker = components.broker(installation.find(os.environ), settings, PARTITIONS, single.STOP_WITHIN_S)
    single.run(common, broker, (), Addresses(kafka=settings.address), {"kafka": settings.address})
