"""`component kafka`: the broker alone."""

import os
from typing import Any

import click

from system.cli.components import alone
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
@alone.advertised("the broker")
@alone.alone
def kafka(port: int, controller_port: int, advertise: str | None, **told: Any) -> None:
    """Run a broker, and make the topics.

    Prints `ready kafka=HOST:PORT` once they can be used.
    """
    how = alone.Alone.read(**told)
    name = alone.name_of(how.host, advertise)
    refuse_ports_in_use({"kafka": port, "controller": controller_port})
    settings = KafkaSettings(how.layout, port, controller_port, host=name, bind_host=how.host)
    part = components.broker(installation.find(os.environ), settings, PARTITIONS, alone.STOP_WITHIN_S)
    alone.run(how, part, (), Addresses(kafka=settings.address), {"kafka": settings.address})
