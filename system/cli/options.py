"""Options that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from system.runtime.choice import CLIENT, PROCESSES, SERVER, THREADS, Asked, CombinationRefused
from system.runtime.layout import Layout, refusal


class Progress:
    """Prints lines; on a terminal, *doing* is shown below them with a moving sign until `settle`."""

    def __init__(self, doing: str) -> None:
        self._console = Console(stderr=True, soft_wrap=True)
        self._status = self._console.status(doing)
        if self._console.is_terminal:
            self._status.start()

    def say(self, line: str) -> None:
        """Print *line*."""
        self._console.print(Text(line))

    def settle(self) -> None:
        """Show the moving sign no longer; a second call does nothing."""
        self._status.stop()


Decorated = Callable[..., Any]

data_dir = click.option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".statefun-bench"),
    show_default=True,
    envvar="STATEFUN_BENCH_DATA_DIR",
    help="Where the system keeps everything: Kafka's log, Flink's checkpoints, settings, logs.",
)

_CHOICE = (
    click.option("--server", help=f"WSGI server of the endpoint.  [default: {SERVER}]"),
    click.option("--client", help=f"Kafka client of the endpoint.  [default: {CLIENT}]"),
    click.option("--baseline", help="A whole configuration under one name, e.g. seed_2020."),
    click.option(
        "--processes", type=click.IntRange(1), help=f"Processes that serve.  [default: {PROCESSES}]"
    ),
    click.option(
        "--threads", type=click.IntRange(1), help=f"Threads or greenlets of each.  [default: {THREADS}]"
    ),
)

CHOICE = ("server", "client", "baseline", "processes", "threads")
"""The names of their arguments."""


def endpoint_choice(function: Decorated) -> Decorated:
    """Give *function* the options that say which endpoint is wanted."""
    for option in reversed(_CHOICE):
        function = option(function)
    return function


def asked(choice: dict[str, Any]) -> Asked:
    """Return what those options say."""
    return Asked(**choice)


def layout_of(data_dir: Path) -> Layout:
    """Return the layout below *data_dir*, which children need whole: they may run in another folder."""
    root = data_dir.absolute()
    if reason := refusal(root):
        raise CombinationRefused(reason)
    return Layout(root)
