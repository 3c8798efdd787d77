"""Show how far a download is: a bar on a terminal, a line for each fifth elsewhere."""

from collections.abc import Iterable

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

LINES = 5
MEGABYTE = 1_000_000


def show(console: Console, label: str, total_bytes: int, arrivals: Iterable[int]) -> None:
    """Go through *arrivals*, the bytes that came with each file, and show their sum beside *total_bytes*."""
    shown = _bar if console.is_terminal else _lines
    shown(console, label, total_bytes, arrivals)


def _bar(console: Console, label: str, total_bytes: int, arrivals: Iterable[int]) -> None:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(label, total=total_bytes)
        for arrived in arrivals:
            progress.advance(task, arrived)


def _lines(console: Console, label: str, total_bytes: int, arrivals: Iterable[int]) -> None:
    there, told = 0, 0
    for arrived in arrivals:
        there += arrived
        if there * LINES // total_bytes > told:
            told = there * LINES // total_bytes
            console.print(f"{label}: {there // MEGABYTE} of {total_bytes // MEGABYTE} MB")
