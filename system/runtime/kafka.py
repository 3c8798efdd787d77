"""The Kafka broker, which is its own controller (KRaft): its settings, command and probe."""

import base64
import os
import socket
import struct
import subprocess
import uuid
from dataclasses import dataclass
from pathlib import Path

from system.errors import EnvironmentUnfit
from system.processes.component import READY, Command
from system.processes.ports import LOOPBACK
from system.runtime import jvm
from system.runtime.jvm import Installation
from system.runtime.layout import Layout

FORMAT_WITHIN_S = 60
API_VERSIONS = struct.pack(">ihhih", 12, 18, 0, 1, 2) + b"up"
"""Kafka's ApiVersions request: length, API key 18, version 0, correlation id 1, client id "up"."""


@dataclass(frozen=True)
class KafkaSettings:
    """The settings of a broker: its data dir, its ports and its memory.

    It listens on *bind_host* and advertises *host* to its clients. *flush_each_write* makes it write commands
    to the disk before it confirms them.
    """

    layout: Layout
    port: int
    controller_port: int
    heap_mib: int = 256
    tier: int = 1
    host: str = LOOPBACK
    bind_host: str = LOOPBACK
    flush_each_write: bool = False

    @property
    def address(self) -> str:
        """The broker's HOST:PORT."""
        return f"{self.host}:{self.port}"


def prepare(installation: Installation, settings: KafkaSettings) -> None:
    """Write the broker's settings files, and format its storage if it is new.

    Raise `EnvironmentUnfit` if Kafka cannot format it.
    """
    layout = settings.layout
    for folder in (layout.broker, layout.settings, layout.logs):
        folder.mkdir(parents=True, exist_ok=True)
    _properties(layout).write_text(render(settings))
    _logging(layout).write_text(
        jvm.render_log4j({"state.change.logger": "warn", "org.apache.kafka.common.config": "warn"})
    )
    if not (layout.broker / "meta.properties").exists():
        _format(installation, settings)


def command(installation: Installation, settings: KafkaSettings) -> Command:
    """Return the command of the broker."""
    flags = (f"-Xms{settings.heap_mib}m", f"-Xmx{settings.heap_mib}m")
    arguments = (*_java(installation, settings, flags), "kafka.Kafka", str(_properties(settings.layout)))
    return Command(arguments, _log(settings.layout), jvm.environment(installation, "kafka"))


def probe(address: str, timeout_s: float = 1.0) -> str:
    """Return `READY` if the broker at *address* answers an ApiVersions request, else what happened."""
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout_s) as connection:
            connection.sendall(API_VERSIONS)
            answer = connection.recv(10)
    except OSError as error:
        return f"{address}: {error}"
    answered = len(answer) == 10 and answer[4:] == struct.pack(">ih", 1, 0)
    return READY if answered else f"{address}: not a Kafka response: {answer!r}"


def render(settings: KafkaSettings) -> str:
    """Return the content of server.properties."""
    controller = f"{LOOPBACK}:{settings.controller_port}"
    values = {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@{controller}",
        "listeners": f"PLAINTEXT://{settings.bind_host}:{settings.port},CONTROLLER://{controller}",
        "advertised.listeners": f"PLAINTEXT://{settings.address}",
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
        "log.dirs": str(settings.layout.broker),
        "auto.create.topics.enable": "false",
    }
    return jvm.render_properties(values | _SINGLE_NODE | _SHORT_SESSION | _SMALL_CLEANER)


_SINGLE_NODE = {
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
}
# A broker that was killed can register again when its old session has expired: after 9 s instead of 18 s.
_SHORT_SESSION = {"broker.session.timeout.ms": "2000", "broker.heartbeat.interval.ms": "500"}
# The log cleaner's table of keys takes half the heap by default; we have hardly anything to compact.
_SMALL_CLEANER = {"log.cleaner.dedupe.buffer.size": str(4 << 20)}


def _format(installation: Installation, settings: KafkaSettings) -> None:
    broker, log = settings.layout.broker, _log(settings.layout)
    cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    options = (f"--cluster-id={cluster}", "-c", str(_properties(settings.layout)))
    with log.open("ab") as output:
        done = subprocess.run(
            [*_java(installation, settings, ()), "kafka.tools.StorageTool", "format", *options],
            env={**os.environ, **jvm.environment(installation, "kafka")},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            timeout=FORMAT_WITHIN_S,
            check=False,
        )
    if done.returncode != 0:
        raise EnvironmentUnfit(
            f"Kafka could not format {broker} (exit code {done.returncode}); its log is {log}"
        )


def _java(installation: Installation, settings: KafkaSettings, flags: tuple[str, ...]) -> tuple[str, ...]:
    logs, logging = settings.layout.logs, f"-Dlog4j2.configurationFile={_logging(settings.layout)}"
    return jvm.arguments(installation, "kafka", logs, settings.tier, (*flags, logging))


def _properties(layout: Layout) -> Path:
    return layout.settings / "server.properties"


def _log(layout: Layout) -> Path:
    return layout.logs / "kafka.log"


def _logging(layout: Layout) -> Path:
    return layout.settings / "kafka-log4j2.properties"
