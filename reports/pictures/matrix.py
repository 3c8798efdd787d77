"""Servers by clients: which goes well with which."""

from collections.abc import Sequence

from benchmarks.results.schema import Cell
from reports.digests import Digest
from reports.figures import heat
from reports.figures.values import Grid
from reports.pictures.picture import Drawing
from reports.sentences import amount, load
from reports.tables import Table
from reports.view import Page, Row

EXPLANATION = (
    "Requests per second of each server (rows) with each Kafka client (columns); the stronger the colour, "
    "the more. A dash is a pair that was not measured, or had no valid trial. Read along a row to choose a "
    "client, down a column to choose a server."
)


def draw(page: Page, _digests: Sequence[Digest]) -> Drawing | None:
    """Draw a map for each group of cells that differ in nothing but server and client."""
    found = [(title, grid(title, rows)) for title, rows in groups(page.rows).items()]
    grids = [one for _, one in found if len(one.rows) > 1 and len(one.columns) > 1]
    if not grids:
        return None
    return Drawing("Servers by clients", EXPLANATION, heat.draw(grids), numbers(grids))


def groups(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Return the rows by what they have in common beside server and client; baselines are left out."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        measured = row.values.get("throughput") is not None
        if measured and not (row.cell.baseline or row.cell.twin_of or row.cell.functions):
            found.setdefault(common(row.cell), []).append(row)
    return found


def common(cell: Cell) -> str:
    """Return scenario, load and concurrency of *cell* in words."""
    return f"{cell.scenario}, {load(cell.load)}, {cell.processes} × {cell.threads} processes × threads"


def grid(title: str, rows: Sequence[Row]) -> Grid:
    """Put the throughput of *rows* into their places."""
    return Grid(
        title=title,
        rows=list(dict.fromkeys(row.cell.server for row in rows)),
        columns=list(dict.fromkeys(row.cell.client for row in rows)),
        values={
            (row.cell.server, row.cell.client): value.estimate
            for row in rows
            if (value := row.values["throughput"]) is not None
        },
    )


def numbers(grids: Sequence[Grid]) -> Table:
    """Return the maps in figures."""
    return Table(
        ["server", "client", "under", "requests/s"],
        [
            [server, client, one.title, amount(value)]
            for one in grids
            for (server, client), value in one.values.items()
        ],
    )
