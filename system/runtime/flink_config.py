"""Flink's settings, and the two files that carry them: flink-conf.yaml and module.yaml."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from system.processes.ports import LOOPBACK
from system.runtime.layout import Layout
from system.wire.topics import PARTITIONS, USERS, USERS_CREATE

JOB_NAME = "users"
ALL_INTERFACES = "0.0.0.0"

CLUSTER_HEAP_MIB = 256
"""The heap of a JobManager, and of a TaskManager (the sum of task and framework heap in its settings)."""

INGRESS_TARGETS = {
    USERS_CREATE: ("users/CreateUserRequest", "users/create"),
    USERS: ("users/UserRequest", "users/user"),
}
"""Topic -> the type name of its values, and the function that receives its records."""


@dataclass(frozen=True)
class Cluster:
    """The addresses of a JobManager and its TaskManagers that run as separate processes.

    All of them reach the JobManager as *host*. This process listens on *bind_host*.
    """

    host: str
    rpc_port: int
    blob_port: int
    bind_host: str = LOOPBACK


@dataclass(frozen=True)
class FlinkSettings:
    """The settings of one Flink process.

    *port* is the port of the web page and REST API, *kafka* is HOST:PORT, *functions* the URL of the
    functions, *partitions* the number of partitions of each topic. *buffer_timeout_ms* is how long a record
    may wait at each hop until its buffer is sent. *name* is the name of the process and of its files. Without
    a *cluster*, this process is all of Flink.
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
    partitions: Mapping[str, int] = field(default_factory=lambda: PARTITIONS)

    @property
    def folder(self) -> Path:
        """The folder of this process's settings files."""
        return self.layout.settings / self.name

    @property
    def scratch(self) -> Path:
        """The folder of this process's expendable files."""
        return self.layout.scratch / self.name

    @property
    def module(self) -> Path:
        """The file that names topics and functions; every process of the job reads it from this path."""
        return self.layout.settings / "module.yaml"

    @property
    def web(self) -> str:
        """The URL of Flink's web page and REST API."""
        return f"http://{self.cluster.host if self.cluster else LOOPBACK}:{self.port}"


def render_flink_conf(settings: FlinkSettings) -> str:
    """Return the content of flink-conf.yaml."""
    return "".join(f"{key}: {value}\n" for key, value in flink_conf(settings).items())


def flink_conf(settings: FlinkSettings) -> dict[str, object]:
    """Return the entries of flink-conf.yaml."""
    cluster = _cluster_addresses(settings.name, settings.cluster) | _CLUSTER if settings.cluster else {}
    fixed = _MEMORY | _STATEFUN | _CHECKPOINTS | _RECOVERY | _READ_ONLY_PAGE
    return _process_values(settings) | _addresses(settings.cluster) | fixed | cluster


def functions_url(address: str) -> str:
    """Return the URL under which Flink calls the functions at *address* (HOST:PORT)."""
    return f"http://{address}/statefun"


def _process_values(settings: FlinkSettings) -> dict[str, object]:
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
        "web.access-control-allow-origin": settings.web,
    }


def _addresses(cluster: Cluster | None) -> dict[str, object]:
    """Return the addresses on which the process listens, and that of the REST API.

    A TaskManager that listens on all interfaces registers with the address from which it reaches the
    JobManager.
    """
    bind_host = cluster.bind_host if cluster else LOOPBACK
    addresses: dict[str, object] = {
        "rest.address": cluster.host if cluster else LOOPBACK,
        "rest.bind-address": bind_host,
        "jobmanager.bind-host": bind_host,
        "taskmanager.bind-host": bind_host,
    }
    return addresses if bind_host == ALL_INTERFACES else addresses | {"taskmanager.host": bind_host}


def _cluster_addresses(name: str, cluster: Cluster) -> dict[str, object]:
    return {
        "jobmanager.rpc.address": cluster.host,
        "jobmanager.rpc.port": cluster.rpc_port,
        "blob.server.port": cluster.blob_port,
        "taskmanager.resource-id": name,
    }


def render_module(settings: FlinkSettings) -> str:
    """Return the content of module.yaml: the functions' URL, the ingress topics and the egress."""
    topics = "\n".join(
        f"    - {{topic: {topic}, valueType: {value_type}, targets: [{target}]}}"
        for topic, (value_type, target) in INGRESS_TARGETS.items()
    )
    first = ", ".join(
        f"{{{topic}/{partition}: 0}}"
        for topic in INGRESS_TARGETS
        for partition in range(settings.partitions[topic])
    )
    return _MODULE.format(functions=settings.functions, kafka=settings.kafka, topics=topics, first=first)


_MEMORY = {
    "taskmanager.memory.managed.size": "128m",
    "taskmanager.memory.network.min": "32m",
    "taskmanager.memory.network.max": "32m",
}
# A separate TaskManager requires these settings; Flink in one process rejects them.
_CLUSTER = {
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
    # StateFun does not start without these patterns; Flink in one process works with parent-first only.
    "classloader.parent-first-patterns.additional": ";".join(
        ("org.apache.flink.statefun", "org.apache.kafka", "com.google.protobuf")
    ),
    "classloader.resolve-order": "parent-first",
    "pipeline.auto-generate-uids": "false",
    # Fixed for the lifetime of the state; it is the upper bound of the job's parallelism.
    "pipeline.max-parallelism": "128",
}
_CHECKPOINTS = {
    "state.backend": "rocksdb",
    "state.backend.incremental": "true",
    "state.checkpoints.num-retained": "3",
    # The REST API lists the last ten by default; a trial lasts longer than ten checkpoints.
    "web.checkpoints.history": "200",
    "execution.checkpointing.mode": "EXACTLY_ONCE",
    "execution.checkpointing.tolerable-failed-checkpoints": "10",
    "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
    "execution.savepoint.ignore-unclaimed-state": "true",
}
# The page shows the job, and changes nothing. These settings leave `POST /jobs`, which runs code, and the
# cancellation in the REST API; runtime/flink_extensions refuses both.
_READ_ONLY_PAGE = {"web.submit.enable": "false", "web.cancel.enable": "false"}
_RECOVERY = {
    "restart-strategy": "fixed-delay",
    "restart-strategy.fixed-delay.attempts": "2147483647",
    "restart-strategy.fixed-delay.delay": "1s",
    "heartbeat.interval": "1000",
    "heartbeat.timeout": "5000",
    "cluster.registration.error-delay": "500",
}
# `connect`: a connection takes milliseconds, or never succeeds if its container has just gone. `call`: a low
# limit would restart the job again and again for one stuck function. The ingress is our own: with an offset
# that the log does not have, the job fails instead of applying the whole log again. `startupPosition`, for
# a start without a checkpoint, is the first record of each partition. `earliest` would need a policy for the
# reset of offsets, and would start in the middle of a log whose beginning is gone.
_MODULE = """\
kind: io.statefun.endpoints.v2/http
spec:
  functions: users/*
  urlPathTemplate: {functions}
  maxNumBatchRequests: 1000
  transport: {{type: io.statefun.transports.v1/async, call: 5m, connect: 1s, pool_ttl: 60s, pool_size: 64}}
---
kind: users.kafka/strict-ingress
spec:
  id: users/in
  address: {kafka}
  consumerGroupId: users-statefun
  startupPosition: {{type: specific-offsets, offsets: [{first}]}}
  rejected: users/rejected
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
