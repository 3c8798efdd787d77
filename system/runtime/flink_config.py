"""Flink's settings, and the files that say them."""

from dataclasses import dataclass

from system.runtime.layout import Layout

JOB_NAME = "users"

INGRESS_TARGETS = {
    "users-create": ("users/CreateUserRequest", "users/create"),
    "users": ("users/UserRequest", "users/user"),
}
"""Topic -> the label of its values, and the function that each record goes to."""


@dataclass(frozen=True)
class FlinkSettings:
    """What one Flink process is told.

    *port* is that of the web page; *kafka* is HOST:PORT; *functions* is the URL at which the functions
    answer; *buffer_timeout_ms* is how long a record may wait at each hop for others to travel with.
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


def render(settings: FlinkSettings) -> str:
    """Return flink-conf.yaml."""
    layout = settings.layout
    told = {
        "rest.port": settings.port,
        "rest.bind-port": settings.port,
        "parallelism.default": settings.parallelism,
        "taskmanager.numberOfTaskSlots": settings.parallelism,
        "execution.buffer-timeout.interval": f"{settings.buffer_timeout_ms}ms",
        "execution.checkpointing.interval": f"{settings.checkpoint_interval_ms}ms",
        "state.checkpoints.dir": f"file://{layout.checkpoints}",
        "statefun.remote.module-name": (layout.settings / "module.yaml").as_uri(),
        "io.tmp.dirs": layout.scratch,
        "web.tmpdir": layout.scratch,
    }
    values = told | _ADDRESSES | _MEMORY | _STATEFUN | _CHECKPOINTS | _RECOVERY
    return "".join(f"{key}: {value}\n" for key, value in values.items())


def render_module(settings: FlinkSettings) -> str:
    """Return module.yaml: where the functions are, which records go to them, where their replies go."""
    topics = "\n".join(
        f"    - {{topic: {topic}, valueType: {value_type}, targets: [{target}]}}"
        for topic, (value_type, target) in INGRESS_TARGETS.items()
    )
    return _MODULE.format(functions=settings.functions, kafka=settings.kafka, topics=topics)


_LOOPBACK = "127.0.0.1"
_ADDRESSES = {
    "rest.address": _LOOPBACK,
    "rest.bind-address": _LOOPBACK,
    "jobmanager.bind-host": _LOOPBACK,
    "taskmanager.host": _LOOPBACK,
    "taskmanager.bind-host": _LOOPBACK,
}
_MEMORY = {
    "taskmanager.memory.managed.size": "128m",
    "taskmanager.memory.network.min": "32m",
    "taskmanager.memory.network.max": "32m",
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
# A short `call` would turn one stuck function into endless restarts of the job. The ingress starts at the
# earliest record, since the default, the latest, would drop requests that were sent before the job ran.
_MODULE = """\
kind: io.statefun.endpoints.v2/http
spec:
  functions: users/*
  urlPathTemplate: {functions}
  maxNumBatchRequests: 1000
  transport: {{type: io.statefun.transports.v1/async, call: 5m, connect: 5s, pool_ttl: 60s, pool_size: 64}}
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
