"""How each cell went from second to second, warm-up included."""

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.charts import panels, style
from reports.charts.chart import Drawing
from reports.charts.values import Line, Panel
from reports.formatting import Table, amount
from reports.sample_summaries import BINS, SampleSummary
from reports.view import Page

STRIP = 0.12
"""Of a panel's height: where the checkpoints of all blocks have their rows."""
THINNEST = 0.004
"""Of the time shown: a checkpoint of milliseconds would not be seen."""


def figure_of(cells: Sequence[Panel], unit: str) -> Figure:
    """Draw a panel a cell; x is seconds since the window began, below 0 is warm-up."""
    figure = panels.draw(cells, lambda panel: panel.cell, _draw_panel)
    figure.supxlabel("seconds since the window began (shaded: warm-up)", color=style.MUTED, fontsize=12)
    figure.supylabel(unit, color=style.MUTED, fontsize=12)
    return figure


def _draw_panel(axes: Axes, panel: Panel) -> None:
    start = min((line.x[0] for line in panel.lines), default=0.0)
    if start < 0:
        axes.axvspan(start, 0, color=style.BAND, linewidth=0)
    for line in panel.lines:
        axes.plot(line.x, line.y, color=style.colour(panel.series), linewidth=1.3, alpha=0.75)
        for begun, ended in line.faults:
            axes.axvspan(begun, ended, color=style.INK, alpha=0.25, linewidth=0.8)
    _draw_checkpoints(axes, panel)
    axes.set_ylim(bottom=0)
    axes.xaxis.set_major_formatter("{x:g}")
    axes.grid(axis="y")


def _draw_checkpoints(axes: Axes, panel: Panel) -> None:
    """Draw a row of faint marks a block at the foot, as one path, since there may be thousands."""
    height = STRIP / max(len(panel.lines), 1)
    x: list[float] = []
    y: list[float] = []
    for row, line in enumerate(panel.lines):
        shortest = THINNEST * (line.x[-1] - line.x[0])
        for begun, ended in line.checkpoints:
            x += [begun, max(ended, begun + shortest), math.nan]
            y += [(row + 0.5) * height] * 3
    points = 72 * panels.PANEL_HEIGHT_IN * 0.6 * height
    axes.plot(
        x,
        y,
        transform=axes.get_xaxis_transform(),
        color=style.MUTED,
        linewidth=0.7 * points,
        alpha=0.5,
        solid_capstyle="butt",
    )


EXPLANATION = (
    "Answers per second through warm-up (shaded) and window, a line a block; each panel has its own height. "
    "A line that still climbs in the window was not warm; a dip in one block only was the machine's. "
    "The faint marks at the foot of a panel are Flink's checkpoints, a row of them a block; a dark band over "
    "the whole height is a checkpoint that failed."
)


def draw(page: Page, digests: Sequence[SampleSummary]) -> Drawing | None:
    """Draw the answers per second of every valid block."""
    cells = [Panel(one.cell, page.series(one.cell), one.timelines) for one in digests if one.timelines]
    if not cells:
        return None
    figure = figure_of(cells, "answers per second")
    return Drawing("How steadily it goes", EXPLANATION, figure, numbers(cells))


def numbers(cells: Sequence[Panel]) -> Table:
    """Return the slowest and the fastest part of each cell's windows."""
    head = f"slowest and fastest {100 // BINS} % of a window, answers/s"
    return Table(
        ["cell", "blocks", head], [[one.cell, str(len(one.lines)), _extremes(one.lines)] for one in cells]
    )


def _extremes(lines: Sequence[Line]) -> str:
    inside = [y for line in lines for x, y in zip(line.x, line.y, strict=True) if x > 0]
    return f"{amount(min(inside))} and {amount(max(inside))}"
