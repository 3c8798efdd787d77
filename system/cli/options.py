"""Options that several commands share."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from system.runtime.endpoint_choice import (
    CLIENT,
    PROCESSES,
    SERVER,
    THREADS,
    CombinationRefused,
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
        **others: Any,
    ) -> Any:
        chosen = EndpointOptions(server, client, baseline, processes, threads)
        return command(endpoint_options=chosen, **others)

    for option in reversed(_ENDPOINT):
        with_endpoint = option(with_endpoint)
    return with_endpoint


def layout_of(data_dir: Path) -> Layout:
    """Return the layout of *data_dir* as an absolute path, since children may run in another folder.

    Raise `CombinationRefused` if Kafka or Flink cannot use the path.
    """
    root = data_dir.absolute()
    if reason := refusal(root):
        raise CombinationRefused(reason)
    return Layout(root)
