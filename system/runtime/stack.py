"""The stack: which components a system has, in the order of their start, and on which ports they listen."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from system.processes.component import READY, Component, Probe
from system.processes.ports import LOOPBACK, free_ports
from system.runtime import components, probes
from system.runtime.components import FlinkComponentOptions, FunctionsSettings
from system.runtime.endpoint_choice import EndpointChoice
from system.runtime.flink_config import CLUSTER_HEAP_MIB, Cluster, FlinkSettings, functions_url
from system.runtime.jvm import Installation
from system.runtime.kafka import KafkaSettings
from system.runtime.layout import Layout
from system.runtime.state import Addresses
from system.servers.protocol import STOP_S
from system.wire.topics import PARTITIONS

Runtime = Literal["embedded", "cluster"]

REPLY_WITHIN_S = 10.0
# The time that each component has to stop; together less than the 10 s that a system may take. A kill loses
# no record: what Kafka or Flink has not written by then is read again from the log, at the next start.
STOP_ENDPOINT_S, STOP_FUNCTIONS_S, STOP_FLINK_S, STOP_KAFKA_S = STOP_S + 0.75, 0.5, 1.0, 1.75


@dataclass(frozen=True)
class Ports:
    """The ports of the components on 127.0.0.1."""

    endpoint: int
    flink: int
    kafka: int
    controller: int
    functions: int
    jobmanager: int
    blobs: int


@dataclass(frozen=True)
class Stack:
    """The system to run: the *endpoint*, unless it is None, and everything that it needs.

    *functions* replaces our application in the functions' server (`MODULE:APP`). The *runtime* is Flink in
    one process ("embedded"), or a JobManager and a TaskManager as separate processes ("cluster").
    """

    layout: Layout
    ports: Ports
    endpoint: EndpointChoice | None
    functions: str | None = None
    partitions: Mapping[str, int] = field(default_factory=lambda: PARTITIONS)
    buffer_timeout_ms: int = 0
    runtime: Runtime = "embedded"
    flush_each_write: bool = False

    @property
    def has_kafka(self) -> bool:
        """Whether the system needs a broker; the in-memory client does not."""
        return self.endpoint is None or self.endpoint.client.shared


def fixed_ports(endpoint_port: int, flink_port: int, kafka_port: int) -> Ports:
    """Return these ports for what users connect to, and free ports for internal connections."""
    fixed = (endpoint_port, flink_port, kafka_port)
    return Ports(*fixed, *free_ports(4, taken=fixed))


def automatic_ports() -> Ports:
    """Return free ports for everything."""
    return Ports(*free_ports(7))


def addresses(stack: Stack) -> Addresses:
    """Return the addresses of the components of *stack*."""
    ports, is_cluster = stack.ports, stack.runtime == "cluster"
    endpoint = f"http://{LOOPBACK}:{ports.endpoint}" if stack.endpoint else None
    health_port = stack.endpoint.health_port if stack.endpoint else None
    health = f"http://{LOOPBACK}:{health_port}" if health_port else None
    if not stack.has_kafka:
        return Addresses(endpoint=endpoint, health=health)
    return Addresses(
        endpoint=endpoint,
        health=health,
        flink=f"http://{LOOPBACK}:{ports.flink}",
        kafka=f"{LOOPBACK}:{ports.kafka}",
        functions=f"{LOOPBACK}:{ports.functions}",
        jobmanager=f"{LOOPBACK}:{ports.jobmanager}" if is_cluster else None,
    )


def listeners(stack: Stack) -> dict[str, int]:
    """Return the ports on which *stack* listens, by purpose."""
    endpoint = ("endpoint",) if stack.endpoint else ()
    backend = ("flink", "kafka", "controller", "functions") if stack.has_kafka else ()
    cluster = ("jobmanager", "blobs") if backend and stack.runtime == "cluster" else ()
    fixed = {name: getattr(stack.ports, name) for name in (*endpoint, *backend, *cluster)}
    health_port = stack.endpoint.health_port if stack.endpoint else None
    return fixed | ({"health checks": health_port} if health_port else {})


def components_of(stack: Stack, installation: Installation | None) -> list[Component]:
    """Return the components of *stack*, each after those that it needs.

    *installation* may be None only for a stack without a broker.
    """
    backend: list[Component] = []
    if stack.has_kafka and installation is not None:
        backend = [_kafka(stack, installation), _functions(stack), *_flink(stack, installation)]
    if stack.endpoint is None:
        return backend
    after = ("kafka",) if backend else ()
    kafka = addresses(stack).kafka
    endpoint = components.endpoint(
        stack.endpoint, stack.ports.endpoint, kafka, stack.layout, after, STOP_ENDPOINT_S
    )
    return [*backend, endpoint]


def _kafka(stack: Stack, installation: Installation) -> Component:
    ports = stack.ports
    settings = KafkaSettings(
        stack.layout, ports.kafka, ports.controller, flush_each_write=stack.flush_each_write
    )
    return components.broker(installation, settings, stack.partitions, STOP_KAFKA_S)


def _functions(stack: Stack) -> Component:
    log = stack.layout.logs / "functions.log"
    settings = FunctionsSettings(stack.ports.functions, log, app=stack.functions)
    return components.functions(settings, STOP_FUNCTIONS_S)


def _flink(stack: Stack, installation: Installation) -> list[Component]:
    settings = flink_settings(stack)
    options = FlinkComponentOptions(("kafka", "functions"), _final_probe(stack), STOP_FLINK_S)
    if settings.cluster is None:
        return [components.embedded(installation, settings, options)]
    half = replace(options, stop_within_s=STOP_FLINK_S / 2)
    jobmanager = replace(settings, name=components.JOBMANAGER, heap_mib=CLUSTER_HEAP_MIB)
    taskmanager = replace(settings, name=components.TASKMANAGER, heap_mib=CLUSTER_HEAP_MIB)
    return [
        components.jobmanager(installation, jobmanager, replace(half, final_probe=lambda: READY)),
        components.taskmanager(installation, taskmanager, replace(half, after=(components.JOBMANAGER,))),
    ]


def flink_settings(stack: Stack) -> FlinkSettings:
    """Return the settings of Flink; a process of a cluster needs its own *name* in addition."""
    ports = stack.ports
    cluster = Cluster(LOOPBACK, ports.jobmanager, ports.blobs) if stack.runtime == "cluster" else None
    return FlinkSettings(
        layout=stack.layout,
        port=ports.flink,
        kafka=f"{LOOPBACK}:{ports.kafka}",
        functions=functions_url(f"{LOOPBACK}:{ports.functions}"),
        buffer_timeout_ms=stack.buffer_timeout_ms,
        cluster=cluster,
        partitions=stack.partitions,
    )


def _final_probe(stack: Stack) -> Probe:
    # An endpoint is ready only after a round trip of its own, so Flink needs no other.
    if stack.endpoint:
        return lambda: READY
    return lambda: probes.round_trip(f"{LOOPBACK}:{stack.ports.kafka}", REPLY_WITHIN_S)
