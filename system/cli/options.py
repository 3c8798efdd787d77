"""Options that several commands share."""

import functools
from collections.abc import Callable, Collection
from dataclasses import replace
from math import isfinite
from pathlib import Path
from typing import Any

import click

from system.endpoint.settings import DEADLINE_S
from system.processes.ports import free_ports
from system.runtime.endpoint_choice import (
    CLIENT,
    PROCESSES,
    SERVER,
    THREADS,
    CombinationRefused,
    EndpointChoice,
    EndpointOptions,
)
from system.runtime.layout import Layout, refusal

Decorated = Callable[..., Any]

data_dir = click.option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".statefun-bench"),
    show_default=True,
    envvar="STATEFUN_BENCH_DATA_DIR",
    help="The folder of all files of the system: Kafka's log, Flink's checkpoints, settings, logs.",
)

flush_each_write = click.option(
    "--flush-each-write",
    is_flag=True,
    envvar="STATEFUN_BENCH_FLUSH_EACH_WRITE",
    show_envvar=True,
    help="Let the broker write each request to the disk before it confirms it; see docs/durability.md.",
)

MAX_DEADLINE_S = 3600.0


class Seconds(click.ParamType[float]):
    """A duration above 0 and up to `MAX_DEADLINE_S`."""

    name = "seconds"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return *value* as a number of seconds."""
        try:
            seconds = float(value)
        except ValueError:
            self.fail(f"{value!r} is not a number of seconds", param, ctx)
        if not (isfinite(seconds) and 0 < seconds <= MAX_DEADLINE_S):
            self.fail(
                f"{value} s is not possible; give more than 0 and at most {MAX_DEADLINE_S:g}", param, ctx
            )
        return seconds


_ENDPOINT = (
    click.option("--server", help=f"WSGI server of the endpoint.  [default: {SERVER}]"),
    click.option("--client", help=f"Kafka client of the endpoint.  [default: {CLIENT}]"),
    click.option("--baseline", help="A complete named configuration, e.g. seed_2020."),
    click.option(
        "--processes", type=click.IntRange(1), help=f"Processes of the server.  [default: {PROCESSES}]"
    ),
    click.option(
        "--threads", type=click.IntRange(1), help=f"Threads or greenlets per process.  [default: {THREADS}]"
    ),
    click.option(
        "--deadline",
        "deadline_s",
        type=Seconds(),
        metavar="S",
        envvar="STATEFUN_BENCH_DEADLINE",
        show_envvar=True,
        help=f"Seconds for which a request waits for its reply, then 504.  [default: {DEADLINE_S:g}]",
    ),
    click.option(
        "--max-waiting",
        type=click.IntRange(1),
        metavar="N",
        envvar="STATEFUN_BENCH_MAX_WAITING",
        show_envvar=True,
        help="Requests that may wait for their reply per process.  [default: as many as the server can hold]",
    ),
    click.option(
        "--health-port",
        type=click.IntRange(0, 65535),
        metavar="P",
        envvar="STATEFUN_BENCH_HEALTH_PORT",
        show_envvar=True,
        help="Also answer /healthz, /readyz, /metrics there, beside all requests; 0 selects a free port.",
    ),
)


def endpoint_options(command: Decorated) -> Decorated:
    """Add the options of `EndpointOptions` to *command*, which receives them as `endpoint_options`."""

    @functools.wraps(command)
    def with_endpoint(
        *,
        server: str | None,
        client: str | None,
        baseline: str | None,
        processes: int | None,
        threads: int | None,
        deadline_s: float | None,
        max_waiting: int | None,
        health_port: int | None,
        **others: Any,
    ) -> Any:
        chosen = EndpointOptions(
            server, client, baseline, processes, threads, deadline_s, max_waiting, health_port
        )
        return command(endpoint_options=chosen, **others)

    for option in reversed(_ENDPOINT):
        with_endpoint = option(with_endpoint)
    return with_endpoint


def with_free_health_port(choice: EndpointChoice, taken: Collection[int]) -> EndpointChoice:
    """Return *choice* with a free port, if its health port is 0; the ports in *taken* are used otherwise.

    Raise `CombinationRefused` if its health port is one of those.
    """
    if choice.health_port != 0:
        if choice.health_port in taken:
            raise CombinationRefused(
                f"--health-port {choice.health_port} is the port of something else here; give another one, "
                "or 0 for a free one"
            )
        return choice
    return replace(choice, health_port=free_ports(1, taken)[0])


def layout_of(data_dir: Path) -> Layout:
    """Return the layout of *data_dir* as an absolute path, since children may run in another folder.

    Raise `CombinationRefused` if Kafka or Flink cannot use the path.
    """
    root = data_dir.absolute()
    if reason := refusal(root):
        raise CombinationRefused(reason)
    return Layout(root)
