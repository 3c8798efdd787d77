"""Servers by clients: which goes well with which."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from benchmarks.results.store.schema import Cell
from reports.charts import style
from reports.charts.chart import Drawing
from reports.charts.values import Grid
from reports.formatting import Table, amount, load
from reports.sample_summaries import SampleSummary
from reports.view import CellRow, Page

WIDTH_LETTERS = 88
PALEST, FULLEST = 0.06, 0.5
"""Opacity of the smallest and the largest value; beyond the fullest the label would not stand out."""


def _figure(grids: Sequence[Grid]) -> Figure:
    """Draw the maps one above the other, shaded on one scale."""
    heights = [0.8 + 0.5 * len(grid.rows) for grid in grids]
    largest = max(value for grid in grids for value in grid.values.values())
    with style.grid(sum(heights), len(grids), 1, shared=False, heights=heights) as (figure, axes):
        for place, grid in zip(axes, grids, strict=True):
            _draw_grid(place, grid, largest)
        return figure


def _draw_grid(axes: Axes, grid: Grid, largest: float) -> None:
    for row, row_name in enumerate(grid.rows):
        for column, column_name in enumerate(grid.columns):
            value = grid.values.get((row_name, column_name))
            _draw_field(axes, row, column, value, largest)
    axes.set_title(grid.title, loc="left", fontsize=12, color=style.MUTED)
    axes.set_xticks(
        range(len(grid.columns)),
        [style.folded(name, WIDTH_LETTERS // len(grid.columns)) for name in grid.columns],
    )
    axes.xaxis.set_ticks_position("top")
    axes.tick_params(axis="x", length=0, labelcolor=style.INK)
    style.name_rows(axes, grid.rows)
    axes.set_xlim(-0.5, len(grid.columns) - 0.5)
    axes.set_ylim(len(grid.rows) - 0.5, -0.5)
    axes.spines["bottom"].set_visible(False)


def _draw_field(axes: Axes, row: int, column: int, value: float | None, largest: float) -> None:
    label = "–" if value is None else f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
    if value is not None:
        opacity = PALEST + (FULLEST - PALEST) * value / largest
        axes.add_patch(
            Rectangle((column - 0.48, row - 0.46), 0.96, 0.92, facecolor=style.colour(0), alpha=opacity)
        )
    axes.text(column, row, label, ha="center", va="center", color=style.INK)


EXPLANATION = (
    "Requests per second of each server (rows) with each Kafka client (columns); the stronger the colour, "
    "the more. A dash is a pair that was not measured, or had no valid trial. Read along a row to choose a "
    "client, down a column to choose a server."
)


def draw(page: Page, _digests: Sequence[SampleSummary]) -> Drawing | None:
    """Draw a map for each group of cells that differ in nothing but server and client."""
    found = [(title, grid(title, rows)) for title, rows in groups(page.rows).items()]
    grids = [one for _, one in found if len(one.rows) > 1 and len(one.columns) > 1]
    if not grids:
        return None
    return Drawing("Servers by clients", EXPLANATION, _figure(grids), numbers(grids))


def groups(rows: Sequence[CellRow]) -> dict[str, list[CellRow]]:
    """Return the rows by what they have in common beside server and client; baselines are left out."""
    found: dict[str, list[CellRow]] = {}
    for row in rows:
        measured = row.values.get("throughput") is not None
        if measured and not (row.cell.baseline or row.cell.twin_of or row.cell.functions):
            found.setdefault(common(row.cell), []).append(row)
    return found


def common(cell: Cell) -> str:
    """Return scenario, load and concurrency of *cell* in words."""
    return f"{cell.scenario}, {load(cell.load)}, {cell.processes} × {cell.threads} processes × threads"


def grid(title: str, rows: Sequence[CellRow]) -> Grid:
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
