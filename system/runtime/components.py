"""The components of the system, each built from its settings: broker, functions, Flink, endpoint."""

import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from signal import Signals

from system.endpoint.settings import VARIABLE, EndpointSettings
from system.processes.component import READY, Command, Component, Probe, child_environment
from system.processes.ports import LOOPBACK
from system.processes.process import log_size
from system.processes.readiness import NotReady
from system.runtime import checkpoints, flink, kafka, log_guard, probes, topics
from system.runtime.checkpoints import Checkpoint
from system.runtime.endpoint_choice import EndpointChoice
from system.runtime.flink_config import FlinkSettings
from system.runtime.jvm import Installation
from system.runtime.kafka import KafkaSettings
from system.runtime.layout import Layout
from system.servers.protocol import Serving

LEADERS_WITHIN_S = 5.0
NO_KAFKA = "nowhere:0"
ANSWER_WITHIN_S = 5.0
"""A little longer than the endpoint itself waits for a reply, so that its own error is seen."""
JOBMANAGER, TASKMANAGER = "flink-jobmanager", "flink-taskmanager"


def broker(
    installation: Installation, settings: KafkaSettings, partitions: Mapping[str, int], stop_within_s: float
) -> Component:
    """Return a Kafka broker, which is ready once all topics exist with these *partitions*."""

    def command() -> Command:
        kafka.prepare(installation, settings)
        return kafka.command(installation, settings)

    def probe() -> str:
        seen = kafka.probe(settings.address)
        return seen if seen != READY else _ensure_topics(settings, partitions)

    return Component("kafka", command, probe, settings.address, stop_within_s=stop_within_s)


def _ensure_topics(settings: KafkaSettings, partitions: Mapping[str, int]) -> str:
    configs = topics.configs(flush_each_write=settings.flush_each_write)
    try:
        topics.ensure(settings.address, partitions, configs)
    except topics.TopicsRefused as error:
        raise NotReady(f"is not usable: {error}") from error
    return probes.leaders(settings.address, partitions, LEADERS_WITHIN_S)


@dataclass(frozen=True)
class FunctionsSettings:
    """Where the functions' server listens and logs. *app* replaces our application (`MODULE:APP`)."""

    port: int
    log: Path
    host: str = LOOPBACK
    app: str | None = None


def functions(settings: FunctionsSettings, stop_within_s: float) -> Component:
    """Return the functions' HTTP server."""
    address = f"http://{LOOPBACK}:{settings.port}"
    listen = ("--host", settings.host, "--port", str(settings.port))
    app = ("--app", settings.app) if settings.app else ()
    arguments = (sys.executable, "-m", "system.functions", *listen, *app)
    launched = Command(arguments, settings.log, child_environment())
    return Component(
        name="functions",
        command=lambda: launched,
        probe=lambda: probes.http(f"{address}/healthz", 1.0),
        address=address,
        stop_within_s=stop_within_s,
    )


@dataclass(frozen=True)
class FlinkComponentOptions:
    """Options of a Flink component that do not concern Flink itself.

    *after* and *stop_within_s* are those of `Component`. *final_probe* runs when all other checks have
    succeeded.
    """

    after: tuple[str, ...] = ()
    final_probe: Probe = lambda: READY
    stop_within_s: float = 1.5


def embedded(
    installation: Installation, settings: FlinkSettings, options: FlinkComponentOptions
) -> Component:
    """Return Flink in one process, which is ready once all tasks of the job run."""
    job = FlinkJob(installation, settings, flink.embedded, lambda: flink.probe_tasks(settings.web))
    return replace(_flink("flink", job.command, job.probe, settings, options), recover=job.recover)


def jobmanager(
    installation: Installation, settings: FlinkSettings, options: FlinkComponentOptions
) -> Component:
    """Return a JobManager, which is ready once it lists the job; that runs when a TaskManager registers."""
    job = FlinkJob(installation, settings, flink.jobmanager, lambda: flink.probe_job(settings.web))
    return replace(_flink(JOBMANAGER, job.command, job.probe, settings, options), recover=job.recover)


class FlinkJob:
    """The start of a process that runs the job: from which checkpoint, and what if that is unreadable.

    *build* makes the command, *probe_process* is the probe of the process.
    """

    def __init__(
        self,
        installation: Installation,
        settings: FlinkSettings,
        build: Callable[[Installation, FlinkSettings, Path | None], Command],
        probe_process: Probe,
    ) -> None:
        self._installation = installation
        self._settings = settings
        self._build = build
        self._probe = probe_process
        self._resumed: Checkpoint | None = None
        self._log: Path | None = None
        self._log_offset = 0

    def command(self) -> Command:
        """Return the command that continues from the newest usable checkpoint.

        Raise `LostRecords` if the log does not fit it.
        """
        settings, root = self._settings, self._settings.layout.checkpoints
        self._resumed = checkpoints.choose(root)
        folder = checkpoints.path(root, self._resumed) if self._resumed else None
        log_guard.refuse_lost_records(settings.kafka, settings.partitions, folder, settings.layout.root)
        command = self._build(self._installation, settings, folder)
        self._log, self._log_offset = command.log, log_size(command.log)
        return command

    def probe(self) -> str:
        """Return what the probe returns; raise `NotReady` if the job cannot read its checkpoint."""
        seen = self._probe()
        if "RESTARTING" in seen and self._is_unreadable():
            raise NotReady("could not read its checkpoint")
        return seen

    def recover(self) -> bool:
        """Set the checkpoint aside if the start failed because of it, and return whether it did."""
        if self._resumed is None or not self._is_unreadable():
            return False
        checkpoints.set_aside(self._settings.layout.checkpoints, self._resumed, "Flink could not read it")
        self._resumed = None
        return True

    def _is_unreadable(self) -> bool:
        return self._resumed is not None and flink.could_not_restore(self._log, self._log_offset)


def taskmanager(
    installation: Installation, settings: FlinkSettings, options: FlinkComponentOptions
) -> Component:
    """Return a TaskManager, which is ready once it has registered and all tasks of the job run."""
    started_ms = 0.0

    def command() -> Command:
        nonlocal started_ms
        started_ms = time.time() * 1000
        return flink.taskmanager(installation, settings)

    def probe() -> str:
        seen = flink.probe_taskmanager(settings.web, settings.name, started_ms)
        return seen if seen != READY else flink.probe_tasks(settings.web)

    return _flink(TASKMANAGER, command, probe, settings, options)


def _flink(
    name: str,
    build: Callable[[], Command],
    probe: Probe,
    settings: FlinkSettings,
    options: FlinkComponentOptions,
) -> Component:
    def command() -> Command:
        flink.prepare(settings)
        return build()

    def probe_all() -> str:
        seen = probe()
        return seen if seen != READY else options.final_probe()

    return Component(
        name, command, probe_all, settings.web, options.after, stop_within_s=options.stop_within_s
    )


def endpoint(
    choice: EndpointChoice,
    port: int,
    kafka: str | None,
    layout: Layout,
    after: tuple[str, ...],
    stop_within_s: float,
    host: str = LOOPBACK,
) -> Component:
    """Return the endpoint of *choice* on *port* of *host*; *kafka* is the broker, None if it needs none."""
    address = f"http://{LOOPBACK}:{port}"
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


def endpoint_command(choice: EndpointChoice, host: str, port: int, kafka: str, layout: Layout) -> Command:
    """Return the command that starts the endpoint's server."""
    launch = choice.server.launch(Serving(choice.app, host, port, choice.processes, choice.launched_threads))
    settings = {VARIABLE: endpoint_settings(choice, kafka, layout.claims, host).model_dump_json()}
    log = layout.logs / f"endpoint-{port}.log"
    return Command(tuple(launch.command), log, child_environment() | settings | dict(launch.environment))


def endpoint_settings(choice: EndpointChoice, kafka: str, claims: Path, host: str) -> EndpointSettings:
    """Return the settings of every endpoint process; *host* is the address for its health checks."""
    return EndpointSettings(
        client=choice.client.name,
        kafka=kafka,
        claims_dir=claims,
        waiting=choice.server.waiting,
        processes=choice.processes,
        deadline_s=choice.deadline_s,
        max_waiting=choice.max_waiting,
        health_host=host,
        health_port=choice.health_port,
    )
