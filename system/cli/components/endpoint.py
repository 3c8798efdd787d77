"""The command `component endpoint`: run an endpoint."""

import click

from system.cli import options
from system.cli.components import single
from system.cli.components.single import SingleOptions
from system.processes.ports import free_ports, refuse_ports_in_use
from system.runtime import components
from system.runtime.endpoint_choice import EndpointOptions, choose
from system.runtime.state import Addresses


@click.command()
@options.endpoint_options
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, show_default=True, help="0 selects a free port."
)
@single.address_option("kafka")
@single.common_options
def endpoint(
    common: SingleOptions, endpoint_options: EndpointOptions, port: int, kafka_at: str | None
) -> None:
    """Run an endpoint. Several endpoints on one data dir share the partitions of the reply topic.

    Waits for the broker's topics. Prints `ready endpoint=http://HOST:PORT` when a request has made the whole
    round trip.
    """
    choice = options.with_free_health_port(choose(endpoint_options), taken=(port,))
    kafka = single.find_address(common.layout, "kafka", kafka_at) if choice.client.shared else None
    wanted = {"endpoint": port, "health checks": choice.health_port or 0}
    refuse_ports_in_use({purpose: one for purpose, one in wanted.items() if one})
    listening = port or free_ports(1, taken=wanted.values())[0]
    component = components.endpoint(
        choice, listening, kafka, common.layout, (), single.STOP_WITHIN_S, common.host
    )
    dependencies = (single.kafka_dependency(kafka),) if kafka else ()
    address = f"http://{common.host}:{listening}"
    health = f"http://{common.host}:{choice.health_port}" if choice.health_port else None
    addresses = Addresses(endpoint=address, kafka=kafka, health=health)
    single.run(common, component, dependencies, addresses, {"endpoint": address})
