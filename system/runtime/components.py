"""The components of the system, each built from its settings, whoever starts them and wherever."""

import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from signal import Signals

from system.endpoint.settings import VARIABLE, EndpointSettings
from system.processes.component import READY, Command, Component, Probe, environment
from system.processes.ports import HOST
from system.processes.readiness import NotReady
from system.runtime import flink, kafka, probes, topics
from system.runtime.choice import Choice
from system.runtime.flink_config import FlinkSettings
from system.runtime.kafka import KafkaSettings
from system.runtime.layout import Layout
from system.servers.protocol import Serving
from system.setup.installation import Installation

NO_KAFKA = "nowhere:0"
ANSWER_WITHIN_S = 5.0
"""A little longer than the endpoint itself waits for its reply, so that its own words are seen."""


def endpoint(
    choice: Choice,
    port: int,
    kafka: str | None,
    layout: Layout,
    after: tuple[str, ...],
    stop_within_s: float,
    host: str = HOST,
) -> Component:
    """Return the endpoint of *choice* on *port* of *host*, which talks to the broker at *kafka*."""
    address = f"http://{HOST}:{port}"
    launched = endpoint_command(choice, host, port, kafka or NO_KAFKA, layout)
    return Component(
        name="endpoint",
        command=lambda: launched,
        probe=lambda: probes.http(f"{address}/readyz", ANSWER_WITHIN_S),
        address=address,
        after=after,
        stop_signal=Signals(choice.server.stop_signal),
        stop_within_s=stop_within_s,
    )


def endpoint_command(choice: Choice, host: str, port: int, kafka: str, layout: Layout) -> Command:
    """Return what starts the endpoint's server."""
    serving = Serving(choice.app, host, port, choice.processes, choice.threads)
    launch = choice.server.launch(serving)
    told = {VARIABLE: endpoint_settings(choice, kafka, layout.claims).model_dump_json()}
    log = layout.logs / f"endpoint-{port}.log"
    return Command(tuple(launch.command), log, environment() | told | dict(launch.environment))


def endpoint_settings(choice: Choice, kafka: str, claims: Path) -> EndpointSettings:
    """Return what each endpoint process is told."""
    return EndpointSettings(
        client=choice.client.name,
        kafka=kafka,
        claims_dir=claims,
        waiting=choice.server.waiting,
        processes=choice.processes,
    )


LEADERS_KNOWN_WITHIN_S = 5.0
JOBMANAGER, TASKMANAGER = "flink-jobmanager", "flink-taskmanager"

Build = Callable[[Installation, FlinkSettings], Command]


def broker(
    installation: Installation, settings: KafkaSettings, partitions: Mapping[str, int], stop_within_s: float
) -> Component:
    """Return a broker, which is ready once it serves all topics with these *partitions*."""

    def command() -> Command:
        kafka.prepare(installation, settings)
        return kafka.command(installation, settings)

    def probe() -> str:
        seen = kafka.probe(settings.address)
        return seen if seen != READY else _with_topics(settings.address, partitions)

    return Component("kafka", command, probe, settings.address, stop_within_s=stop_within_s)


def _with_topics(address: str, partitions: Mapping[str, int]) -> str:
    try:
        topics.ensure(address, partitions)
    except topics.TopicsRefused as error:
        raise NotReady(f"is not usable: {error}") from error
    return probes.leaders(address, partitions, LEADERS_KNOWN_WITHIN_S)


@dataclass(frozen=True)
class FunctionsSettings:
    """Where the functions listen; *app* is another application than ours (`MODULE:APP`), or None."""

    port: int
    log: Path
    host: str = HOST
    app: str | None = None


def functions(settings: FunctionsSettings, stop_within_s: float) -> Component:
    """Return the functions' HTTP server."""
    address = f"http://{HOST}:{settings.port}"
    app = ("--app", settings.app) if settings.app else ()
    where = ("--host", settings.host, "--port", str(settings.port))
    started = Command((sys.executable, "-m", "system.functions", *where, *app), settings.log, environment())
    return Component(
        name="functions",
        command=lambda: started,
        probe=lambda: probes.http(f"{address}/healthz", 1.0),
        address=address,
        stop_within_s=stop_within_s,
    )


@dataclass(frozen=True)
class FlinkProcess:
    """What is asked of a Flink process: what comes before it, its last check, its share of a stop.

    *answers* is asked once all else is content, where somebody has to see that a request is answered.
    """

    after: tuple[str, ...] = ()
    answers: Probe = lambda: READY
    stop_within_s: float = 1.5


def embedded(installation: Installation, settings: FlinkSettings, asked: FlinkProcess) -> Component:
    """Return all of Flink in one process, which is ready once the job's tasks run."""
    return _flink("flink", flink.embedded, lambda: flink.probe(settings.web), installation, settings, asked)


def jobmanager(installation: Installation, settings: FlinkSettings, asked: FlinkProcess) -> Component:
    """Return a JobManager, which is ready once it lists the job: that can run when a TaskManager comes."""
    return _flink(
        JOBMANAGER, flink.jobmanager, lambda: flink.probe_job(settings.web), installation, settings, asked
    )


def taskmanager(installation: Installation, settings: FlinkSettings, asked: FlinkProcess) -> Component:
    """Return a TaskManager, which is ready once it belongs to the cluster and the job's tasks run."""
    started_ms = 0.0

    def build(installation: Installation, settings: FlinkSettings) -> Command:
        nonlocal started_ms
        started_ms = time.time() * 1000
        return flink.taskmanager(installation, settings)

    def probe() -> str:
        seen = flink.probe_member(settings.web, settings.name, started_ms)
        return seen if seen != READY else flink.probe(settings.web)

    return _flink(TASKMANAGER, build, probe, installation, settings, asked)


def _flink(
    name: str,
    build: Build,
    probe: Probe,
    installation: Installation,
    settings: FlinkSettings,
    asked: FlinkProcess,
) -> Component:
    def command() -> Command:
        flink.prepare(settings)
        return build(installation, settings)

    def probe_all() -> str:
        seen = probe()
        return seen if seen != READY else asked.answers()

    return Component(name, command, probe_all, settings.web, asked.after, stop_within_s=asked.stop_within_s)
