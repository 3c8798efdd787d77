"""`samples`: the requests of a stored run as CSV or Parquet."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import IO

import click

from benchmarks.results.columns import REQUESTS
from benchmarks.results.store.files import read_run


@click.command()
@click.argument("folder", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(["csv", "parquet"]), default="csv", show_default=True)
@click.option("--cell", "cells", multiple=True, help="Only this cell; can be given several times.")
@click.option("-o", "--output", default="-", show_default=True, help="File; - is standard output.")
def samples(folder: Path, form: str, cells: tuple[str, ...], output: str) -> None:
    """Write the samples of RUN, one row per request; docs/schema/tables.md describes the columns.

    Requests of the warm-up are included: the column in_window tells them apart.
    """
    chosen = chosen_cells(folder, cells)
    if form == "parquet" and find_spec("pyarrow") is None:
        raise click.UsageError("Parquet needs pyarrow, which is not installed; take --format csv")
    try:
        with click.open_file(output, "wb") as file:
            {"csv": write_csv, "parquet": write_parquet}[form](folder, chosen, file)
            file.flush()
    except BrokenPipeError:  # the reader has read enough, as `head` does; Python must not flush once more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        raise click.UsageError(f"{output} cannot be written: {error.strerror}") from error


def chosen_cells(folder: Path, cells: tuple[str, ...]) -> list[str]:
    """Return *cells*, by default all of the run in *folder*; refuse a cell that the run does not have."""
    known = [cell.name for cell in read_run(folder).cells]
    for cell in cells:
        if cell not in known:
            raise click.UsageError(f"cell {cell!r} is not in {folder}; choose one of {', '.join(known)}")
    return list(cells) or known


def write_csv(folder: Path, cells: list[str], file: IO[bytes]) -> None:
    """Write the requests of *cells* trial by trial, so that only one trial is in memory."""
    from benchmarks.results import frames  # pandas: other commands do not wait for it

    run = frames.load(folder)
    frames.table(REQUESTS, {}).to_csv(file, index=False)
    for requests in run.requests_by_trial(cells):
        requests.to_csv(file, index=False, header=False)


def write_parquet(folder: Path, cells: list[str], file: IO[bytes]) -> None:
    """Write the requests of *cells*."""
    from benchmarks.results import frames

    frames.load(folder).requests_of(cells).to_parquet(file, index=False)
