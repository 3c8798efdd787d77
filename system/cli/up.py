"""The command `up`: start the system and keep it running."""

import os
import sys
from dataclasses import replace
from pathlib import Path

import click

from system.cli import background, options
from system.cli.progress import Progress, run_with_progress
from system.processes import folder_lock
from system.processes.ports import refuse_ports_in_use
from system.runtime import stack
from system.runtime.endpoint_choice import CombinationRefused, EndpointOptions, choose, find_baseline
from system.runtime.stack import Runtime, Stack
from system.runtime.state import running_state
from system.setup import installation
from system.wire.topics import PARTITIONS

PORT, FLINK_PORT, KAFKA_PORT = 5000, 8081, 9092
READY_WITHIN_S = 150.0
LOCK_RELEASED_WITHIN_S = 6.0
"""How long the processes of a killed supervisor may take to end; they hold the lock of the data dir."""


@click.command()
@options.endpoint_options
@click.option("--port", type=click.IntRange(1, 65535), help=f"Port of the endpoint.  [default: {PORT}]")
@click.option("--ports", type=click.Choice(["auto"]), help="Use free ports for everything.")
@options.data_dir
@click.option("--detach", is_flag=True, help="Return when the system is ready, and leave it running.")
@click.option(
    "--without-endpoint", is_flag=True, help="Start all but the endpoint; see `component endpoint`."
)
@click.option("--functions", metavar="MODULE:APP", help="Serve this ASGI application as the functions.")
@click.option(
    "--runtime",
    type=click.Choice(["embedded", "cluster"]),
    default="embedded",
    show_default=True,
    help="Flink in one process, or JobManager and TaskManager as separate processes.",
)
@options.flush_each_write
def up(
    endpoint_options: EndpointOptions,
    port: int | None,
    ports: str | None,
    data_dir: Path,
    functions: str | None,
    runtime: Runtime,
    *,
    detach: bool,
    without_endpoint: bool,
    flush_each_write: bool,
) -> int:
    """Start the system and keep it running.

    Prints a `ready` line when a request has made the whole round trip. SIGTERM or Ctrl-C stops every process
    within 10 s.
    """
    if port and ports:
        raise CombinationRefused(f"--port {port} and --ports {ports} contradict each other; give one of them")
    layout = options.layout_of(data_dir)
    listening = stack.automatic_ports() if ports else stack.fixed_ports(port or PORT, FLINK_PORT, KAFKA_PORT)
    base = Stack(layout, listening, None, functions, runtime=runtime, flush_each_write=flush_each_write)
    chosen = stack_of(endpoint_options, base, endpoint=not without_endpoint)
    if detach:
        arguments = [argument for argument in sys.argv[1:] if argument != "--detach"]
        return background.start(arguments, layout.logs / "supervisor.log", READY_WITHIN_S)
    return run(chosen)


def stack_of(endpoint_options: EndpointOptions, base: Stack, *, endpoint: bool) -> Stack:
    """Return *base* with the chosen endpoint, or without one, and with the settings of its baseline.

    Raise what `choose` raises, and `CombinationRefused` if nothing would be left to start.
    """
    choice = choose(endpoint_options)
    if not (endpoint or choice.client.shared):
        raise CombinationRefused(
            f"--without-endpoint leaves nothing to start with client {choice.client.name}; give one of them"
        )
    if endpoint_options.baseline:
        baseline = find_baseline(endpoint_options.baseline)
        if baseline.partitions is not None:
            base = replace(base, partitions=dict.fromkeys(PARTITIONS, baseline.partitions))
        if baseline.flink_buffer_timeout_ms is not None:
            base = replace(base, buffer_timeout_ms=baseline.flink_buffer_timeout_ms)
    chosen = options.with_free_health_port(choice, taken=vars(base.ports).values())
    return replace(base, endpoint=chosen if endpoint else None)


def run(chosen: Stack) -> int:
    """Run *chosen* in the foreground until a signal requests a stop; return the exit code."""
    layout = chosen.layout
    lock = folder_lock.take(layout.root, 0 if running_state(layout.state) else LOCK_RELEASED_WITHIN_S)
    refuse_ports_in_use(stack.listeners(chosen))
    installed = installation.find(os.environ) if chosen.has_kafka else None
    components, addresses = stack.components_of(chosen, installed), stack.addresses(chosen)
    ready = {"endpoint": addresses.endpoint, "flink": addresses.flink, "kafka": addresses.kafka}
    progress = Progress("starting the system")
    run_with_progress(components, addresses, layout.state, (lock,), progress, ready)
    return 0
