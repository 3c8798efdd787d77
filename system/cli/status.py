"""The command `status`: show the components of a running system."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from system.cli import options
from system.runtime.status import StatusRow, rows, running_states

COLUMNS = ("component", "state", "pids", "address", "rss MiB", "restarts")


@click.command()
@options.data_dir
@click.option(
    "--json", "as_json", is_flag=True, help='Print JSON: {"components": [...]}, an empty list if none runs.'
)
def status(data_dir: Path, *, as_json: bool) -> None:
    """Show the components of a running system: processes, memory, restarts.

    Exits 0 if no system runs, too.
    """
    found = rows(running_states(options.layout_of(data_dir)))
    if as_json:
        click.echo(json.dumps({"components": [asdict(row) for row in found]}))
    elif found:
        Console(soft_wrap=True).print(table(found))
    else:
        click.echo(f"no system is running on {data_dir}")


def table(shown: Sequence[StatusRow]) -> Table:
    """Return *shown* as a table."""
    result = Table(*COLUMNS, box=None)
    for row in shown:
        pids = " ".join(map(str, row.pids))
        result.add_row(row.component, row.state, pids, row.address, f"{row.rss_mib:.1f}", str(row.restarts))
    return result
