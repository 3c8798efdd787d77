"""`component`: start one part beside a running system."""

import os
from pathlib import Path
from typing import Any

import click

from system.cli import options
from system.cli.console import Progress
from system.runtime import endpoint, running
from system.runtime.choice import Asked, Choice, choose
from system.runtime.layout import Layout
from system.runtime.lock import make_folder
from system.runtime.ports import HOST, free_ports, refuse_ports_in_use
from system.runtime.state import Addresses, running_state
from system.runtime.supervisor import Stopped
from system.runtime.unfit import Unfit

STOP_WITHIN_S = 9.0


@click.group()
def component() -> None:
    """Start one part beside a running system, in the foreground."""


@component.command("endpoint")
@options.endpoint_choice
@click.option("--port", type=click.IntRange(0, 65535), default=0, show_default=True, help="0: a free one.")
@options.data_dir
def endpoint_alone(port: int, data_dir: Path, **choice: Any) -> None:
    """Start an endpoint that uses the Kafka broker of a running system.

    Prints a `ready` line once a request has made the whole round trip. SIGTERM or Ctrl-C stops it within
    10 s.
    """
    chosen = choose(Asked(**choice))
    layout = options.layout_of(data_dir)
    kafka = broker_of(layout) if chosen.client.shared else None
    if port:
        refuse_ports_in_use({"endpoint": port})
    run(chosen, port or free_ports(1)[0], kafka, layout)


def broker_of(layout: Layout) -> str:
    """Return the address of the running system's broker; raise `Unfit` where there is none."""
    state = running_state(layout.state)
    if state is None:
        raise Unfit(
            f"no system is running on {layout.root}; start one with `python -m system up --data-dir ...`"
        )
    if state.addresses.kafka is None:
        raise Unfit(
            f"the system running on {layout.root} has no Kafka broker; start one with another --client"
        )
    return state.addresses.kafka


def run(choice: Choice, port: int, kafka: str | None, layout: Layout) -> None:
    """Run the endpoint of *choice* in the foreground until a signal asks for the end."""
    make_folder(layout.endpoints)
    part = endpoint.component(choice, port, kafka, layout, after=(), stop_within_s=STOP_WITHIN_S)
    address = f"http://{HOST}:{port}"
    progress = Progress("starting the endpoint")

    def on_ready() -> None:
        progress.settle()
        click.echo(f"ready endpoint={address}")

    state_file = layout.endpoints / f"{os.getpid()}.json"
    try:
        running.run([part], Addresses(endpoint=address, kafka=kafka), state_file, (), progress.say, on_ready)
    except Stopped:
        progress.say("stopped before it was ready")
    finally:
        progress.settle()
