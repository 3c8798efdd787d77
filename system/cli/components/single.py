"""Runs a single component: its common options, the components that it needs, and its `ready` line."""

import functools
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import click

from system.cli import options
from system.cli.options import Decorated
from system.cli.progress import Progress, run_with_progress
from system.errors import EnvironmentUnfit
from system.processes.component import Command, Component
from system.processes.folder_lock import make_folder
from system.processes.ports import LOOPBACK
from system.processes.readiness import Dependency, with_dependencies
from system.runtime import flink, probes
from system.runtime.endpoint_choice import CombinationRefused
from system.runtime.flink_config import ALL_INTERFACES, FlinkSettings
from system.runtime.layout import Layout
from system.runtime.state import Addresses
from system.runtime.status import running_states
from system.wire.topics import PARTITIONS

STOP_WITHIN_S = 9.0
WAIT_S = 120.0
ANSWER_WITHIN_S = 2.0


@dataclass(frozen=True)
class SingleOptions:
    """The options that all components have.

    *layout* is that of the data dir, *host* the address to listen on, *wait_s* the time to wait for
    dependencies and for readiness, and *log_to* the destination of the process's output.
    """

    layout: Layout
    host: str = LOOPBACK
    wait_s: float = WAIT_S
    log_to: Literal["files", "stderr"] = "files"


def run(
    common: SingleOptions,
    component: Component,
    dependencies: Iterable[Dependency],
    addresses: Addresses,
    ready: Mapping[str, str],
) -> None:
    """Run *component* in the foreground until a stop signal; print *ready* when it is ready.

    Each of its starts waits for *dependencies*. *addresses* are published in its state file.
    """
    make_folder(common.layout.endpoints)
    state_file = common.layout.endpoints / f"{os.getpid()}.json"
    progress = Progress(f"starting {component.name}")
    configured = _apply(common, component)
    waiting = with_dependencies(configured, dependencies, common.wait_s, progress.print_line)
    run_with_progress([waiting], addresses, state_file, (), progress, ready)


def _apply(common: SingleOptions, component: Component) -> Component:
    def command() -> Command:
        plain = component.command()
        return replace(plain, log=None) if common.log_to == "stderr" else plain

    return replace(component, command=command, ready_within_s=common.wait_s, stop_within_s=STOP_WITHIN_S)


_COMMON = (
    options.data_dir,
    click.option(
        "--host",
        default=LOOPBACK,
        show_default=True,
        envvar="STATEFUN_BENCH_HOST",
        show_envvar=True,
        help=f"Address to listen on; {ALL_INTERFACES} in a container.",
    ),
    click.option(
        "--wait-s",
        type=click.FloatRange(min=0, min_open=True),
        default=WAIT_S,
        show_default=True,
        envvar="STATEFUN_BENCH_WAIT_S",
        show_envvar=True,
        help="Seconds to wait for the components that it needs, and again for its own readiness.",
    ),
    click.option(
        "--log-to",
        type=click.Choice(["files", "stderr"]),
        default="files",
        show_default=True,
        envvar="STATEFUN_BENCH_LOG_TO",
        show_envvar=True,
        help="Write the output of its process to a file of the data dir, or to standard error.",
    ),
)


def common_options(command: Decorated) -> Decorated:
    """Add the options of `SingleOptions` to *command*, which receives them as its first argument."""

    @functools.wraps(command)
    def with_common(
        *, data_dir: Path, host: str, wait_s: float, log_to: Literal["files", "stderr"], **others: Any
    ) -> Any:
        return command(SingleOptions(options.layout_of(data_dir), host, wait_s, log_to), **others)

    for option in reversed(_COMMON):
        with_common = option(with_common)
    return with_common


def advertise_option(component: str) -> Callable[[Decorated], Decorated]:
    """Return the option for the host name that other processes use for *component*."""
    text = f"Name or address by which others reach {component}; required with --host {ALL_INTERFACES}."
    return click.option("--advertise", metavar="HOST", help=text)


def advertised_host(host: str, advertise: str | None) -> str:
    """Return the host name for other processes; raise `CombinationRefused` if they cannot reach it."""
    if advertise is None and host == ALL_INTERFACES:
        raise CombinationRefused(
            f"--host {host} is no address that others can reach; give one with --advertise HOST"
        )
    return advertise or host


_DESCRIPTIONS = {
    "kafka": "the broker",
    "functions": "the functions' server",
    "jobmanager": "the JobManager",
    "flink": "Flink's page",
}


def address_option(
    component: Literal["kafka", "functions", "jobmanager", "flink"],
) -> Callable[[Decorated], Decorated]:
    """Return the option for the address of *component*; the argument is named `{component}_at`."""
    return click.option(
        "--functions-at" if component == "functions" else f"--{component}",
        f"{component}_at",
        metavar="HOST:PORT",
        callback=_check_address,
        envvar=f"STATEFUN_BENCH_{component.upper()}",
        show_envvar=True,
        help=f"Address of {_DESCRIPTIONS[component]}.  [default: that of the system on the data dir]",
    )


def _check_address(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    if value is None:
        return None
    host, _, port = value.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 1 << 16:
        raise click.BadParameter(f"{value!r} is not an address; give HOST:PORT")
    return value


def find_address(layout: Layout, component: str, given: str | None) -> str:
    """Return the *given* address, or else that of *component* in the system that runs on *layout*.

    Raise `EnvironmentUnfit` if there is neither.
    """
    if given is not None:
        return given
    states = running_states(layout)
    for state in states:
        if address := getattr(state.addresses, component):
            return str(address).removeprefix("http://")
    description = _DESCRIPTIONS[component]
    if not states:
        start = "start one with `python -m system up --data-dir ...`"
        raise EnvironmentUnfit(
            f"no system is running on {layout.root}; {start}, or give the address of {description}"
        )
    raise EnvironmentUnfit(
        f"the system on {layout.root} does not have {description}; give its address, see --help"
    )


def kafka_dependency(address: str) -> Dependency:
    """Return the dependency on a broker that has all topics."""
    return Dependency(
        f"Kafka at {address} with its topics",
        lambda: probes.leaders(address, PARTITIONS, ANSWER_WITHIN_S),
    )


def functions_dependency(address: str) -> Dependency:
    """Return the dependency on the functions' server."""
    return Dependency(
        f"the functions at {address}", lambda: probes.http(f"http://{address}/healthz", ANSWER_WITHIN_S)
    )


def jobmanager_dependency(settings: FlinkSettings) -> Dependency:
    """Return the dependency on a JobManager that has the job."""
    return Dependency(
        f"the JobManager at {settings.web}", lambda: flink.probe_job(settings.web, ANSWER_WITHIN_S)
    )
