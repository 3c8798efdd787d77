"""A map of rows by columns, each field shaded by its value and labelled with it."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from reports.figures import style
from reports.figures.values import Grid

WIDTH_LETTERS = 88
PALEST, FULLEST = 0.06, 0.5
"""Opacity of the smallest and the largest value; beyond the fullest the label would not stand out."""


def draw(grids: Sequence[Grid]) -> Figure:
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
