"""The endpoint as a component: a WSGI server with the application and its settings."""

from pathlib import Path
from signal import Signals

from system.endpoint.settings import VARIABLE, EndpointSettings
from system.runtime import probes
from system.runtime.choice import Choice
from system.runtime.command import Command
from system.runtime.component import Component
from system.runtime.layout import Layout
from system.runtime.ports import HOST
from system.runtime.python import environment
from system.servers.protocol import Serving

NO_KAFKA = "nowhere:0"
ANSWER_WITHIN_S = 5.0
"""A little longer than the endpoint itself waits for its reply, so that its own words are seen."""


def component(
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
    launched = command(choice, host, port, kafka or NO_KAFKA, layout)
    return Component(
        name="endpoint",
        command=lambda: launched,
        probe=lambda: probes.http(f"{address}/readyz", ANSWER_WITHIN_S),
        address=address,
        after=after,
        stop_signal=Signals(choice.server.stop_signal),
        stop_within_s=stop_within_s,
    )


def command(choice: Choice, host: str, port: int, kafka: str, layout: Layout) -> Command:
    """Return what starts the endpoint's server."""
    serving = Serving(choice.app, host, port, choice.processes, choice.threads)
    launch = choice.server.launch(serving)
    told = {VARIABLE: settings(choice, kafka, layout.claims).model_dump_json()}
    log = layout.logs / f"endpoint-{port}.log"
    return Command(tuple(launch.command), log, environment() | told | dict(launch.environment))


def settings(choice: Choice, kafka: str, claims: Path) -> EndpointSettings:
    """Return what each endpoint process is told."""
    return EndpointSettings(
        client=choice.client.name,
        kafka=kafka,
        claims_dir=claims,
        waiting=choice.server.waiting,
        processes=choice.processes,
    )
