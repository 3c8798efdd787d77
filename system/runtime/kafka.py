"""One Kafka broker that is its own controller (KRaft), with all it needs in the data dir."""

import base64
import os
import socket
import struct
import subprocess
import uuid
from dataclasses import dataclass
from pathlib import Path

from system.errors import Unfit
from system.processes.component import READY, Command
from system.processes.ports import HOST
from system.runtime import jvm
from system.runtime.layout import Layout
from system.setup.installation import Installation

FORMAT_WITHIN_S = 60
API_VERSIONS = struct.pack(">ihhih", 12, 18, 0, 1, 2) + b"up"
"""Request 18 of Kafka's protocol, version 0, correlation 1, client "up", behind its length."""


@dataclass(frozen=True)
class KafkaSettings:
    """Where a broker keeps its data and which ports it takes.

    It listens on *bind_host*; clients are told to reach it as *host*.
    """

    layout: Layout
    port: int
    controller_port: int
    heap_mib: int = 256
    tier: int = 1
    host: str = HOST
    bind_host: str = HOST

    @property
    def address(self) -> str:
        """The broker's HOST:PORT."""
        return f"{self.host}:{self.port}"


def prepare(installation: Installation, settings: KafkaSettings) -> None:
    """Render the broker's files, and format its storage where that is new; raise `Unfit` where it cannot."""
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
    """Return what starts the broker."""
    flags = (f"-Xms{settings.heap_mib}m", f"-Xmx{settings.heap_mib}m")
    arguments = (*_java(installation, settings, flags), "kafka.Kafka", str(_properties(settings.layout)))
    return Command(arguments, _log(settings.layout), jvm.environment(installation, "kafka"))


def probe(address: str, timeout_s: float = 1.0) -> str:
    """Return `READY` if the broker at *address* answers a request of Kafka's protocol, else what happened."""
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout_s) as connection:
            connection.sendall(API_VERSIONS)
            answer = connection.recv(10)
    except OSError as error:
        return f"{address}: {error}"
    answered = len(answer) == 10 and answer[4:] == struct.pack(">ih", 1, 0)
    return READY if answered else f"{address}: not an answer of Kafka: {answer!r}"


def render(settings: KafkaSettings) -> str:
    """Return server.properties."""
    controller = f"{HOST}:{settings.controller_port}"
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
    return jvm.render_properties(values | _SINGLE_NODE | _QUICK_RETURN | _SMALL)


_SINGLE_NODE = {
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
}
# A broker that was killed is let back in once its old session has run out: 9 s, else 18 s.
_QUICK_RETURN = {"broker.session.timeout.ms": "2000", "broker.heartbeat.interval.ms": "500"}
# The cleaner's table of keys takes half the heap by default; ours has next to nothing to compact.
_SMALL = {"log.cleaner.dedupe.buffer.size": str(4 << 20)}


def _format(installation: Installation, settings: KafkaSettings) -> None:
    broker, log = settings.layout.broker, _log(settings.layout)
    cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    told = (f"--cluster-id={cluster}", "-c", str(_properties(settings.layout)))
    with log.open("ab") as output:
        done = subprocess.run(
            [*_java(installation, settings, ()), "kafka.tools.StorageTool", "format", *told],
            env={**os.environ, **jvm.environment(installation, "kafka")},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            timeout=FORMAT_WITHIN_S,
            check=False,
        )
    if done.returncode != 0:
        raise Unfit(f"Kafka could not format {broker} (exit code {done.returncode}); its log is {log}")


def _java(installation: Installation, settings: KafkaSettings, flags: tuple[str, ...]) -> tuple[str, ...]:
    logs, logging = settings.layout.logs, f"-Dlog4j2.configurationFile={_logging(settings.layout)}"
    return jvm.arguments(installation, "kafka", logs, settings.tier, (*flags, logging))


def _properties(layout: Layout) -> Path:
    return layout.settings / "server.properties"


def _log(layout: Layout) -> Path:
    return layout.logs / "kafka.log"


def _logging(layout: Layout) -> Path:
    return layout.settings / "kafka-log4j2.properties"
