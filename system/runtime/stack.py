"""The system as components: Kafka, the functions, Flink, and the endpoint in front of them."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

from system.runtime import endpoint, flink, kafka, probes, topics
from system.runtime.choice import Choice
from system.runtime.command import Command
from system.runtime.component import READY, Component
from system.runtime.flink_config import FlinkSettings
from system.runtime.installation import Installation
from system.runtime.kafka import KafkaSettings
from system.runtime.layout import Layout
from system.runtime.ports import HOST, free_ports
from system.runtime.python import environment
from system.runtime.readiness import NotReady
from system.runtime.state import Addresses

REPLY_WITHIN_S, LEADERS_KNOWN_WITHIN_S = 10.0, 5.0
# The shares of the 10 s in which a system stops. What Kafka or Flink has not written by then is read again
# from the log, so that a kill costs time at the next start, and no record.
STOP_ENDPOINT_S, STOP_FUNCTIONS_S, STOP_FLINK_S, STOP_KAFKA_S = 4.0, 1.0, 1.5, 2.5


@dataclass(frozen=True)
class Ports:
    """Where the parts listen on 127.0.0.1."""

    endpoint: int
    flink: int
    kafka: int
    controller: int
    functions: int


@dataclass(frozen=True)
class Stack:
    """What is to run: the *endpoint*, if any, and what stands behind it.

    *functions* is another application for the functions' server (`MODULE:APP`), or None for ours.
    """

    layout: Layout
    ports: Ports
    endpoint: Choice | None
    functions: str | None = None
    partitions: Mapping[str, int] = field(default_factory=lambda: topics.PARTITIONS)
    buffer_timeout_ms: int = 0

    @property
    def has_kafka(self) -> bool:
        """Whether a broker is needed at all; the in-memory client does without."""
        return self.endpoint is None or self.endpoint.client.shared


def known_ports(endpoint_port: int, flink_port: int, kafka_port: int) -> Ports:
    """Return the ports that a user knows, with free ones for what only we connect to."""
    known = (endpoint_port, flink_port, kafka_port)
    return Ports(*known, *free_ports(2, taken=known))


def automatic_ports() -> Ports:
    """Return free ports for everything."""
    return Ports(*free_ports(5))


def addresses(stack: Stack) -> Addresses:
    """Return where the parts of *stack* will listen."""
    return Addresses(
        endpoint=f"http://{HOST}:{stack.ports.endpoint}" if stack.endpoint else None,
        flink=f"http://{HOST}:{stack.ports.flink}" if stack.has_kafka else None,
        kafka=f"{HOST}:{stack.ports.kafka}" if stack.has_kafka else None,
    )


def listeners(stack: Stack) -> dict[str, int]:
    """Return the ports of *stack*, by what they are for."""
    behind = ("flink", "kafka", "controller", "functions") if stack.has_kafka else ()
    front = ("endpoint",) if stack.endpoint else ()
    return {name: getattr(stack.ports, name) for name in (*front, *behind)}


def components(stack: Stack, installation: Installation | None) -> list[Component]:
    """Return the components of *stack*, each behind those it needs; *installation* is needed for a broker."""
    behind: list[Component] = []
    if stack.has_kafka and installation is not None:
        behind = [_kafka(stack, installation), _functions(stack), _flink(stack, installation)]
    if stack.endpoint is None:
        return behind
    after = ("kafka",) if behind else ()
    where = addresses(stack).kafka
    front = endpoint.component(
        stack.endpoint, stack.ports.endpoint, where, stack.layout, after, STOP_ENDPOINT_S
    )
    return [*behind, front]


def _kafka(stack: Stack, installation: Installation) -> Component:
    settings = KafkaSettings(stack.layout, stack.ports.kafka, stack.ports.controller)

    def command() -> Command:
        kafka.prepare(installation, settings)
        return kafka.command(installation, settings)

    def probe() -> str:
        seen = kafka.probe(settings.address)
        return seen if seen != READY else _with_topics(settings.address, stack.partitions)

    return Component("kafka", command, probe, settings.address, stop_within_s=STOP_KAFKA_S)


def _with_topics(address: str, partitions: Mapping[str, int]) -> str:
    try:
        topics.ensure(address, partitions)
    except topics.TopicsRefused as error:
        raise NotReady(f"is not usable: {error}") from error
    return probes.leaders(address, partitions, LEADERS_KNOWN_WITHIN_S)


def _functions(stack: Stack) -> Component:
    port = stack.ports.functions
    address = f"http://{HOST}:{port}"
    app = ("--app", stack.functions) if stack.functions else ()
    arguments = (sys.executable, "-m", "system.functions", "--port", str(port), *app)
    started = Command(arguments, stack.layout.logs / "functions.log", environment())
    return Component(
        name="functions",
        command=lambda: started,
        probe=lambda: probes.http(f"{address}/healthz", 1.0),
        address=address,
        stop_within_s=STOP_FUNCTIONS_S,
    )


def _flink(stack: Stack, installation: Installation) -> Component:
    where, port = f"{HOST}:{stack.ports.kafka}", stack.ports.flink
    functions = f"http://{HOST}:{stack.ports.functions}/statefun"
    settings = FlinkSettings(stack.layout, port, where, functions, stack.buffer_timeout_ms)

    def command() -> Command:
        flink.prepare(settings)
        return flink.command(installation, settings)

    def probe() -> str:
        # With an endpoint, it is the endpoint's own readiness that has seen a request come back.
        seen = flink.probe(port)
        return seen if seen != READY or stack.endpoint else probes.round_trip(where, REPLY_WITHIN_S)

    needed = ("kafka", "functions")
    return Component("flink", command, probe, f"http://{HOST}:{port}", needed, stop_within_s=STOP_FLINK_S)
