"""Throughput of each cell: the blocks as dots, their mean and interval as a bar."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.figures import style
from reports.figures.values import Measured


def draw(cells: Sequence[Measured], unit: str) -> Figure:
    """Draw a row a cell, in the order given; *unit* labels the axis."""
    with style.canvas(style.rows_height(len(cells))) as (figure, axes):
        for row, cell in enumerate(cells):
            _draw_row(axes, row, cell)
        style.name_rows(axes, [cell.name for cell in cells])
        axes.set_xlim(0, 1.18 * max((_reach(cell) for cell in cells), default=1))
        axes.set_xlabel(unit)
        axes.grid(axis="x")
        return figure


def _draw_row(axes: Axes, row: int, cell: Measured) -> None:
    colour = style.colour(cell.series)
    interval = cell.interval
    axes.barh(row, interval.estimate, height=0.55, color=colour, alpha=0.35)
    if interval.low is not None and interval.high is not None:
        axes.plot([max(interval.low, 0), interval.high], [row, row], color=colour, linewidth=3)
    axes.plot(cell.blocks, [row] * len(cell.blocks), "o", color=colour, markersize=6, markeredgewidth=0)
    axes.annotate(
        f"{interval.estimate:,.0f}",
        (_reach(cell), row),
        xytext=(10, 0),
        textcoords="offset points",
        va="center",
        color=style.INK,
    )


def _reach(cell: Measured) -> float:
    return max([cell.interval.estimate, cell.interval.high or 0, *cell.blocks])
