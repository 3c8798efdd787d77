"""`up`: start the system and keep it running."""

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from system.cli import background, options
from system.cli.options import Progress
from system.processes import folder_lock
from system.processes.ports import refuse_ports_in_use
from system.processes.supervisor import Stopped
from system.runtime import running, stack
from system.runtime.choice import Asked, CombinationRefused, baseline_called, choose
from system.runtime.stack import Runtime, Stack
from system.runtime.state import Addresses, running_state
from system.setup import installation
from system.wire.topics import PARTITIONS

PORT, FLINK_PORT, KAFKA_PORT = 5000, 8081, 9092
READY_WITHIN_S = 150.0
LAST_OF_IT_GOES_WITHIN_S = 6.0
"""How long the processes of a supervisor that was killed may take to be gone."""


@click.command()
@options.endpoint_choice
@click.option("--port", type=click.IntRange(1, 65535), help=f"Port of the endpoint.  [default: {PORT}]")
@click.option("--ports", type=click.Choice(["auto"]), help="Take free ports for everything.")
@options.data_dir
@click.option("--detach", is_flag=True, help="Return once the system is ready, and leave it running.")
@click.option("--without-endpoint", is_flag=True, help="Only what is behind it; see `component endpoint`.")
@click.option("--functions", metavar="MODULE:APP", help="Serve this ASGI application as the functions.")
@click.option(
    "--runtime",
    type=click.Choice(["embedded", "cluster"]),
    default="embedded",
    show_default=True,
    help="All of Flink in one process, or JobManager and TaskManager apart.",
)
def up(
    port: int | None,
    ports: str | None,
    data_dir: Path,
    functions: str | None,
    runtime: Runtime,
    *,
    detach: bool,
    without_endpoint: bool,
    **choice: Any,
) -> int:
    """Start the system and keep it running.

    Prints a `ready` line once a request has made the whole round trip. SIGTERM or Ctrl-C stops every process
    within 10 s.
    """
    if port and ports:
        raise CombinationRefused(f"--port {port} and --ports {ports} contradict each other; give one of them")
    layout = options.layout_of(data_dir)
    listening = stack.automatic_ports() if ports else stack.known_ports(port or PORT, FLINK_PORT, KAFKA_PORT)
    base = Stack(layout, listening, None, functions, runtime=runtime)
    wanted = stack_of(Asked(**choice), base, endpoint=not without_endpoint)
    if detach:
        own = [argument for argument in sys.argv[1:] if argument != "--detach"]
        return background.start(own, layout.logs / "supervisor.log", READY_WITHIN_S)
    return run(wanted)


def stack_of(asked: Asked, base: Stack, *, endpoint: bool) -> Stack:
    """Return *base* with what was *asked* for; raise `UnknownPart` or `Refused` where it cannot be had."""
    choice = choose(asked)
    if not (endpoint or choice.client.shared):
        raise CombinationRefused(
            f"--without-endpoint leaves nothing of client {choice.client.name}; leave one of them out"
        )
    if asked.baseline:
        baseline = baseline_called(asked.baseline)
        if baseline.partitions is not None:
            base = replace(base, partitions=dict.fromkeys(PARTITIONS, baseline.partitions))
        if baseline.flink_buffer_timeout_ms is not None:
            base = replace(base, buffer_timeout_ms=baseline.flink_buffer_timeout_ms)
    return replace(base, endpoint=choice if endpoint else None)


def run(wanted: Stack) -> int:
    """Run *wanted* in the foreground until a signal asks for the end; return the exit code."""
    layout = wanted.layout
    held = folder_lock.take(layout.root, 0 if running_state(layout.state) else LAST_OF_IT_GOES_WITHIN_S)
    refuse_ports_in_use(stack.listeners(wanted))
    found = installation.find(os.environ) if wanted.has_kafka else None
    progress = Progress("starting the system")

    def on_ready() -> None:
        progress.settle()
        click.echo(ready_line(stack.addresses(wanted)))

    try:
        parts = stack.components_of(wanted, found)
        running.run(parts, stack.addresses(wanted), layout.state, (held,), progress.say, on_ready)
    except Stopped:
        progress.say("stopped before it was ready")
    finally:
        progress.settle()
    return 0


def ready_line(addresses: Addresses) -> str:
    """Return the line that says that the system answers, and where."""
    parts = {"endpoint": addresses.endpoint, "flink": addresses.flink, "kafka": addresses.kafka}
    return " ".join(["ready", *(f"{name}={address}" for name, address in parts.items() if address)])
