"""Throughput of each cell, by block."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.charts import style
from reports.charts.chart import CellBlocks, Chart
from reports.formatting import Table, amount, interval_ends
from reports.run_summary import RunSummary
from reports.sample_summaries import SampleSummary

EXPLANATION = (
    "Requests answered per second, in the window of each cell's own load. A dot is one block, the bar is the "
    "geometric mean of the blocks, the thick line its own 95 % interval. Verdicts do not follow from these "
    "lines, but from the ratios in the same block."
)


def draw(summary: RunSummary, _samples: Sequence[SampleSummary]) -> Chart | None:
    """Draw the throughput of each cell in every block."""
    cells = [
        CellBlocks(row.cell.name, series, list(summary.blocks["throughput"][row.cell.name].values()), mean)
        for series, row in enumerate(summary.rows)
        if (mean := row.values.get("throughput")) is not None
    ]
    if not cells:
        return None
    return Chart("Throughput", EXPLANATION, draw_bars(cells), numbers(cells))


def draw_bars(cells: Sequence[CellBlocks]) -> Figure:
    """Draw one row per cell, in the order given."""
    with style.canvas(style.rows_height(len(cells))) as (figure, axes):
        for row, cell in enumerate(cells):
            _draw_row(axes, row, cell)
        style.name_rows(axes, [cell.cell for cell in cells])
        axes.set_xlim(0, 1.18 * max((_largest(cell) for cell in cells), default=1))
        axes.set_xlabel("requests per second")
        axes.grid(axis="x")
        return figure


def _draw_row(axes: Axes, row: int, cell: CellBlocks) -> None:
    colour = style.colour(cell.series)
    mean = cell.mean
    axes.barh(row, mean.estimate, height=0.55, color=colour, alpha=0.35)
    if mean.low is not None and mean.high is not None:
        axes.plot([max(mean.low, 0), mean.high], [row, row], color=colour, linewidth=3)
    axes.plot(cell.blocks, [row] * len(cell.blocks), "o", color=colour, markersize=6, markeredgewidth=0)
    axes.annotate(
        f"{mean.estimate:,.0f}",
        (_largest(cell), row),
        xytext=(10, 0),
        textcoords="offset points",
        va="center",
        color=style.INK,
    )


def _largest(cell: CellBlocks) -> float:
    return max([cell.mean.estimate, cell.mean.high or 0, *cell.blocks])


def numbers(cells: Sequence[CellBlocks]) -> Table:
    """Return the mean of each cell with its interval, and its blocks."""
    return Table(
        ["cell", "requests/s", "95 % interval", "blocks"],
        [
            [one.cell, amount(one.mean.estimate), interval_ends(one.mean), ", ".join(map(amount, one.blocks))]
            for one in cells
        ],
    )
