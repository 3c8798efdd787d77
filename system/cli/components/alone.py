"""What the parts have in common that are run alone: their options, what they know of others, their life."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import click

from system.cli import options
from system.cli.options import Progress
from system.errors import Unfit
from system.processes import readiness
from system.processes.component import Command, Component
from system.processes.folder_lock import make_folder
from system.processes.ports import HOST
from system.processes.readiness import Need
from system.processes.supervisor import Stopped
from system.runtime import flink, probes, running
from system.runtime.choice import CombinationRefused
from system.runtime.flink_config import EVERYWHERE, FlinkSettings
from system.runtime.layout import Layout
from system.runtime.state import Addresses
from system.runtime.status import running_states
from system.wire.topics import PARTITIONS

ANSWER_WITHIN_S = 2.0


def needs_kafka(address: str) -> Need:
    """Return the need of a broker that serves all topics."""
    return Need(
        f"Kafka at {address} with its topics",
        lambda: probes.leaders(address, PARTITIONS, ANSWER_WITHIN_S),
    )


def needs_functions(address: str) -> Need:
    """Return the need of functions that answer."""
    return Need(
        f"the functions at {address}", lambda: probes.http(f"http://{address}/healthz", ANSWER_WITHIN_S)
    )


def needs_jobmanager(settings: FlinkSettings) -> Need:
    """Return the need of a JobManager that has the job."""
    return Need(f"the JobManager at {settings.web}", lambda: flink.probe_job(settings.web, ANSWER_WITHIN_S))


STOP_WITHIN_S = 9.0
WAIT_S = 120.0

Decorated = Callable[..., Any]


@dataclass(frozen=True)
class Alone:
    """How one part is run: in which folder, where it listens, how long it waits, where its log goes."""

    layout: Layout
    host: str = HOST
    wait_s: float = WAIT_S
    log_to: Literal["files", "stderr"] = "files"

    @classmethod
    def read(cls, data_dir: Path, **told: Any) -> "Alone":
        """Return what the options say."""
        return cls(options.layout_of(data_dir), **told)


def alone(function: Decorated) -> Decorated:
    """Give *function* the options of `Alone`."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


_OPTIONS = (
    options.data_dir,
    click.option(
        "--host",
        default=HOST,
        show_default=True,
        envvar="STATEFUN_BENCH_HOST",
        show_envvar=True,
        help=f"Where to listen; {EVERYWHERE} in a container.",
    ),
    click.option(
        "--wait-s",
        type=click.FloatRange(min=0, min_open=True),
        default=WAIT_S,
        show_default=True,
        envvar="STATEFUN_BENCH_WAIT_S",
        show_envvar=True,
        help="How long to wait for what it needs, and then for its own readiness.",
    ),
    click.option(
        "--log-to",
        type=click.Choice(["files", "stderr"]),
        default="files",
        show_default=True,
        envvar="STATEFUN_BENCH_LOG_TO",
        show_envvar=True,
        help="Whether its process writes into the data dir or to standard error.",
    ),
)


def advertised(what: str) -> Callable[[Decorated], Decorated]:
    """Return the option by which a part is told under which name others know it."""
    told = f"Name or address by which others reach {what}; needed where --host is {EVERYWHERE}."
    return click.option("--advertise", metavar="HOST", help=told)


def name_of(host: str, advertise: str | None) -> str:
    """Return the name that others are told; raise `Refused` where it can be none that they reach."""
    if advertise is None and host == EVERYWHERE:
        raise CombinationRefused(
            f"--host {host} is no address that others can reach; give one with --advertise HOST"
        )
    return advertise or host


def address_of(
    part: Literal["kafka", "functions", "jobmanager", "flink"],
) -> Callable[[Decorated], Decorated]:
    """Return the option that says where *part* is."""
    return click.option(
        "--functions-at" if part == "functions" else f"--{part}",
        f"{part}_at",
        metavar="HOST:PORT",
        callback=_checked,
        envvar=f"STATEFUN_BENCH_{part.upper()}",
        show_envvar=True,
        help=f"Where {_CALLED[part]} is.  [default: of what runs on the data dir]",
    )


_CALLED = {
    "kafka": "the broker",
    "functions": "the functions' server",
    "jobmanager": "the JobManager",
    "flink": "Flink's page",
}


def _checked(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    if value is None:
        return None
    host, _, port = value.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 1 << 16:
        raise click.BadParameter(f"{value!r} is not an address; give HOST:PORT")
    return value


def found(layout: Layout, part: str, told: str | None) -> str:
    """Return the address of *part* that was *told*, or that of what runs on *layout*.

    Raise `Unfit` where there is neither.
    """
    if told is not None:
        return told
    states = running_states(layout)
    for state in states:
        if address := getattr(state.addresses, part):
            return str(address).removeprefix("http://")
    if not states:
        start = "start one with `python -m system up --data-dir ...`"
        raise Unfit(f"no system is running on {layout.root}; {start}, or say where {_CALLED[part]} is")
    raise Unfit(f"what runs on {layout.root} has not {_CALLED[part]}; see --help for how to name one")


def run(
    told: Alone, part: Component, needed: Iterable[Need], addresses: Addresses, ready: dict[str, str]
) -> None:
    """Run *part* in the foreground until a signal asks for the end; say where it is once it is *ready*."""
    make_folder(told.layout.endpoints)
    progress = Progress(f"starting {part.name}")
    whole = readiness.put_behind(needed, _as_told(part, told), told.wait_s, progress.say)

    def on_ready() -> None:
        progress.settle()
        click.echo(" ".join(["ready", *(f"{name}={address}" for name, address in ready.items())]))

    state_file = told.layout.endpoints / f"{os.getpid()}.json"
    try:
        running.run([whole], addresses, state_file, (), progress.say, on_ready)
    except Stopped:
        progress.say("stopped before it was ready")
    finally:
        progress.settle()


def _as_told(part: Component, told: Alone) -> Component:
    def command() -> Command:
        given = part.command()
        return replace(given, log=None) if told.log_to == "stderr" else given

    return replace(part, command=command, ready_within_s=told.wait_s, stop_within_s=STOP_WITHIN_S)
