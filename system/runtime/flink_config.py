"""Flink's settings, and the files that say them."""

from dataclasses import dataclass
from pathlib import Path

from system.runtime.layout import Layout
from system.wire.topics import USERS, USERS_CREATE

JOB_NAME = "users"
LOOPBACK, EVERYWHERE = "127.0.0.1", "0.0.0.0"

APART_HEAP_MIB = 256
"""The heap of a JobManager, and of a TaskManager: task and framework heap of its settings together."""

INGRESS_TARGETS = {
    USERS_CREATE: ("users/CreateUserRequest", "users/create"),
    USERS: ("users/UserRequest", "users/user"),
}
"""Topic -> the label of its values, and the function that each record goes to."""


@dataclass(frozen=True)
class Cluster:
    """How a JobManager and its TaskManagers meet, where each is a process of its own.

    All of them know the JobManager as *host*. This process listens on *bind_host*.
    """

    host: str
    rpc_port: int
    blob_port: int
    bind_host: str = LOOPBACK


@dataclass(frozen=True)
class FlinkSettings:
    """What one Flink process is told.

    *port* is that of the web page; *kafka* is HOST:PORT; *functions* is the URL at which the functions
    answer; *buffer_timeout_ms* is how long a record may wait at each hop for others to travel with. *name* is
    that of the process, for its files. Without a *cluster* it is all of Flink.
    """

    layout: Layout
    port: int
    kafka: str
    functions: str
    buffer_timeout_ms: int = 0
    checkpoint_interval_ms: int = 1000
    parallelism: int = 1
    heap_mib: int = 384
    tier: int = 1
    name: str = "flink"
    cluster: Cluster | None = None

    @property
    def folder(self) -> Path:
        """Where the files of this process lie."""
        return self.layout.settings / self.name

    @property
    def scratch(self) -> Path:
        """Where this process keeps what may be lost."""
        return self.layout.scratch / self.name

    @property
    def module(self) -> Path:
        """The file that names topics and functions: the job tells every process of it to read it there."""
        return self.layout.settings / "module.yaml"

    @property
    def web(self) -> str:
        """The URL of Flink's page."""
        return f"http://{self.cluster.host if self.cluster else LOOPBACK}:{self.port}"


def render(settings: FlinkSettings) -> str:
    """Return flink-conf.yaml."""
    return "".join(f"{key}: {value}\n" for key, value in values(settings).items())


def values(settings: FlinkSettings) -> dict[str, object]:
    """Return what flink-conf.yaml says, by key."""
    apart = _meeting(settings.name, settings.cluster) | _APART if settings.cluster else {}
    fixed = _MEMORY | _STATEFUN | _CHECKPOINTS | _RECOVERY
    return _own(settings) | _addresses(settings.cluster) | fixed | apart


def functions_url(address: str) -> str:
    """Return the URL at which the functions at *address*, a HOST:PORT, are called."""
    return f"http://{address}/statefun"


def _own(settings: FlinkSettings) -> dict[str, object]:
    return {
        "rest.port": settings.port,
        "rest.bind-port": settings.port,
        "parallelism.default": settings.parallelism,
        "taskmanager.numberOfTaskSlots": settings.parallelism,
        "execution.buffer-timeout.interval": f"{settings.buffer_timeout_ms}ms",
        "execution.checkpointing.interval": f"{settings.checkpoint_interval_ms}ms",
        "state.checkpoints.dir": f"file://{settings.layout.checkpoints}",
        "statefun.remote.module-name": settings.module.as_uri(),
        "io.tmp.dirs": settings.scratch,
        "web.tmpdir": settings.scratch,
    }


def _addresses(cluster: Cluster | None) -> dict[str, object]:
    """Return where the process listens, and how it finds the others of *cluster*.

    A TaskManager that listens everywhere names itself by the address from which it reaches the JobManager.
    """
    bind_host = cluster.bind_host if cluster else LOOPBACK
    own: dict[str, object] = {
        "rest.address": cluster.host if cluster else LOOPBACK,
        "rest.bind-address": bind_host,
        "jobmanager.bind-host": bind_host,
        "taskmanager.bind-host": bind_host,
    }
    return own if bind_host == EVERYWHERE else own | {"taskmanager.host": bind_host}


def _meeting(name: str, cluster: Cluster) -> dict[str, object]:
    return {
        "jobmanager.rpc.address": cluster.host,
        "jobmanager.rpc.port": cluster.rpc_port,
        "blob.server.port": cluster.blob_port,
        "taskmanager.resource-id": name,
    }


def render_module(settings: FlinkSettings) -> str:
    """Return module.yaml: where the functions are, which records go to them, where their replies go."""
    topics = "\n".join(
        f"    - {{topic: {topic}, valueType: {value_type}, targets: [{target}]}}"
        for topic, (value_type, target) in INGRESS_TARGETS.items()
    )
    return _MODULE.format(functions=settings.functions, kafka=settings.kafka, topics=topics)


_MEMORY = {
    "taskmanager.memory.managed.size": "128m",
    "taskmanager.memory.network.min": "32m",
    "taskmanager.memory.network.max": "32m",
}
# What a TaskManager of its own insists on knowing; all of Flink in one process refuses to be told.
_APART = {
    "scheduler-mode": "reactive",
    "taskmanager.cpu.cores": "1.0",
    "taskmanager.memory.task.heap.size": "192m",
    "taskmanager.memory.task.off-heap.size": "128m",
    "taskmanager.memory.framework.heap.size": "64m",
    "taskmanager.memory.framework.off-heap.size": "64m",
    "taskmanager.memory.jvm-metaspace.size": "160m",
    "taskmanager.memory.jvm-overhead.min": "64m",
    "taskmanager.memory.jvm-overhead.max": "64m",
}
_STATEFUN = {
    "statefun.flink-job-name": JOB_NAME,
    # StateFun refuses to start without these patterns; in one process nothing works but parent-first.
    "classloader.parent-first-patterns.additional": ";".join(
        ("org.apache.flink.statefun", "org.apache.kafka", "com.google.protobuf")
    ),
    "classloader.resolve-order": "parent-first",
    "pipeline.auto-generate-uids": "false",
    # Fixed for the life of the state: it bounds how far the job can ever be spread.
    "pipeline.max-parallelism": "128",
}
_CHECKPOINTS = {
    "state.backend": "rocksdb",
    "state.backend.incremental": "true",
    "state.checkpoints.num-retained": "3",
    # It tells of the last ten unless asked for more; a trial lasts longer than ten checkpoints.
    "web.checkpoints.history": "200",
    "execution.checkpointing.mode": "EXACTLY_ONCE",
    "execution.checkpointing.tolerable-failed-checkpoints": "10",
    "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
    "execution.savepoint.ignore-unclaimed-state": "true",
}
_RECOVERY = {
    "restart-strategy": "fixed-delay",
    "restart-strategy.fixed-delay.attempts": "2147483647",
    "restart-strategy.fixed-delay.delay": "1s",
    "heartbeat.interval": "1000",
    "heartbeat.timeout": "5000",
    "cluster.registration.error-delay": "500",
}
# A connection is there in milliseconds or, where a container has just gone, never. A short `call` would turn
# one stuck function into endless restarts of the job. The ingress starts at the earliest record, since the
# default, the latest, would drop requests that were sent before the job ran.
_MODULE = """\
kind: io.statefun.endpoints.v2/http
spec:
  functions: users/*
  urlPathTemplate: {functions}
  maxNumBatchRequests: 1000
  transport: {{type: io.statefun.transports.v1/async, call: 5m, connect: 1s, pool_ttl: 60s, pool_size: 64}}
---
kind: io.statefun.kafka.v1/ingress
spec:
  id: users/in
  address: {kafka}
  consumerGroupId: users-statefun
  startupPosition: {{type: earliest}}
  autoOffsetResetPosition: earliest
  topics:
{topics}
---
kind: io.statefun.kafka.v1/egress
spec:
  id: users/out
  address: {kafka}
  deliverySemantic: {{type: at-least-once}}
  properties: [{{linger.ms: 0}}, {{acks: all}}]
"""
