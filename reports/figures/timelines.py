"""What each cell carried from second to second, a thin line a block, its warm-up shaded."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.figures import panels, style
from reports.figures.values import Panel


def draw(cells: Sequence[Panel], unit: str) -> Figure:
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
    axes.set_ylim(bottom=0)
    axes.xaxis.set_major_formatter("{x:g}")
    axes.grid(axis="y")
