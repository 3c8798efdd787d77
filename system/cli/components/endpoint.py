"""`component endpoint`: an endpoint alone."""

from typing import Any

import click

from system.cli import options
from system.cli.components import alone
from system.processes.ports import free_ports, refuse_ports_in_use
from system.runtime import components as endpoint_part
from system.runtime.choice import Asked, choose
from system.runtime.state import Addresses


@click.command()
@options.endpoint_choice
@click.option("--port", type=click.IntRange(0, 65535), default=0, show_default=True, help="0: a free one.")
@alone.address_of("kafka")
@alone.alone
def endpoint(port: int, kafka_at: str | None, **told: Any) -> None:
    """Run an endpoint; several of one data dir share out the partitions of the reply topic.

    Waits for the broker's topics. Prints `ready endpoint=http://HOST:PORT` once a request has made the whole
    round trip.
    """
    chosen = choose(Asked(**{name: told.pop(name) for name in options.CHOICE}))
    how = alone.Alone.read(**told)
    kafka = alone.found(how.layout, "kafka", kafka_at) if chosen.client.shared else None
    if port:
        refuse_ports_in_use({"endpoint": port})
    at = port or free_ports(1)[0]
    part = endpoint_part.endpoint(chosen, at, kafka, how.layout, (), alone.STOP_WITHIN_S, how.host)
    needs = (alone.needs_kafka(kafka),) if kafka else ()
    address = f"http://{how.host}:{at}"
    alone.run(how, part, needs, Addresses(endpoint=address, kafka=kafka), {"endpoint": address})
