"""The system as components: Kafka, the functions, Flink, and the endpoint in front of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from system.processes.component import READY, Component, Probe
from system.processes.ports import HOST, free_ports
from system.runtime import components, probes
from system.runtime.choice import Choice
from system.runtime.components import FlinkProcess, FunctionsSettings
from system.runtime.flink_config import APART_HEAP_MIB, Cluster, FlinkSettings, functions_url
from system.runtime.kafka import KafkaSettings
from system.runtime.layout import Layout
from system.runtime.state import Addresses
from system.setup.installation import Installation
from system.wire.topics import PARTITIONS

Runtime = Literal["embedded", "cluster"]

REPLY_WITHIN_S = 10.0
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
    jobmanager: int
    blobs: int


@dataclass(frozen=True)
class Stack:
    """What is to run: the *endpoint*, if any, and what stands behind it.

    *functions* is another application for the functions' server (`MODULE:APP`), or None for ours. The
    *runtime* has all of Flink in one process ("embedded"), or JobManager and TaskManager apart ("cluster").
    """

    layout: Layout
    ports: Ports
    endpoint: Choice | None
    functions: str | None = None
    partitions: Mapping[str, int] = field(default_factory=lambda: PARTITIONS)
    buffer_timeout_ms: int = 0
    runtime: Runtime = "embedded"

    @property
    def has_kafka(self) -> bool:
        """Whether a broker is needed at all; the in-memory client does without."""
        return self.endpoint is None or self.endpoint.client.shared


def known_ports(endpoint_port: int, flink_port: int, kafka_port: int) -> Ports:
    """Return the ports that a user knows, with free ones for what only we connect to."""
    known = (endpoint_port, flink_port, kafka_port)
    return Ports(*known, *free_ports(4, taken=known))


def automatic_ports() -> Ports:
    """Return free ports for everything."""
    return Ports(*free_ports(7))


def addresses(stack: Stack) -> Addresses:
    """Return where the parts of *stack* will listen."""
    ports, apart = stack.ports, stack.runtime == "cluster"
    front = f"http://{HOST}:{ports.endpoint}" if stack.endpoint else None
    if not stack.has_kafka:
        return Addresses(endpoint=front)
    return Addresses(
        endpoint=front,
        flink=f"http://{HOST}:{ports.flink}",
        kafka=f"{HOST}:{ports.kafka}",
        functions=f"{HOST}:{ports.functions}",
        jobmanager=f"{HOST}:{ports.jobmanager}" if apart else None,
    )


def listeners(stack: Stack) -> dict[str, int]:
    """Return the ports of *stack*, by what they are for."""
    behind = ("flink", "kafka", "controller", "functions") if stack.has_kafka else ()
    apart = ("jobmanager", "blobs") if behind and stack.runtime == "cluster" else ()
    front = ("endpoint",) if stack.endpoint else ()
    return {name: getattr(stack.ports, name) for name in (*front, *behind, *apart)}


def components_of(stack: Stack, installation: Installation | None) -> list[Component]:
    """Return the components of *stack*, each behind those it needs; *installation* is needed for a broker."""
    behind: list[Component] = []
    if stack.has_kafka and installation is not None:
        behind = [_kafka(stack, installation), _functions(stack), *_flink(stack, installation)]
    if stack.endpoint is None:
        return behind
    after = ("kafka",) if behind else ()
    where = addresses(stack).kafka
    front = components.endpoint(
        stack.endpoint, stack.ports.endpoint, where, stack.layout, after, STOP_ENDPOINT_S
    )
    return [*behind, front]


def _kafka(stack: Stack, installation: Installation) -> Component:
    settings = KafkaSettings(stack.layout, stack.ports.kafka, stack.ports.controller)
    return components.broker(installation, settings, stack.partitions, STOP_KAFKA_S)


def _functions(stack: Stack) -> Component:
    log = stack.layout.logs / "functions.log"
    settings = FunctionsSettings(stack.ports.functions, log, app=stack.functions)
    return components.functions(settings, STOP_FUNCTIONS_S)


def _flink(stack: Stack, installation: Installation) -> list[Component]:
    settings = flink_settings(stack)
    last = FlinkProcess(("kafka", "functions"), _answers(stack), STOP_FLINK_S)
    if settings.cluster is None:
        return [components.embedded(installation, settings, last)]
    half = replace(last, stop_within_s=STOP_FLINK_S / 2)
    lead = replace(settings, name=components.JOBMANAGER, heap_mib=APART_HEAP_MIB)
    work = replace(settings, name=components.TASKMANAGER, heap_mib=APART_HEAP_MIB)
    return [
        components.jobmanager(installation, lead, replace(half, answers=lambda: READY)),
        components.taskmanager(installation, work, replace(half, after=(components.JOBMANAGER,))),
    ]


def flink_settings(stack: Stack) -> FlinkSettings:
    """Return what Flink is told; which process of it has to be told by its name."""
    ports = stack.ports
    apart = Cluster(HOST, ports.jobmanager, ports.blobs) if stack.runtime == "cluster" else None
    return FlinkSettings(
        layout=stack.layout,
        port=ports.flink,
        kafka=f"{HOST}:{ports.kafka}",
        functions=functions_url(f"{HOST}:{ports.functions}"),
        buffer_timeout_ms=stack.buffer_timeout_ms,
        cluster=apart,
    )


def _answers(stack: Stack) -> Probe:
    # With an endpoint, it is the endpoint's own readiness that has seen a request come back.
    if stack.endpoint:
        return lambda: READY
    return lambda: probes.round_trip(f"{HOST}:{stack.ports.kafka}", REPLY_WITHIN_S)
