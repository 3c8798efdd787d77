"""History of a profile: each cell's mean in each run, in the order of time; for the page over all runs."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.charts import style
from reports.run_summary import Interval


@dataclass(frozen=True)
class CellHistory:
    """One cell in the runs of its profile: *means[i]* is of the run at *places[i]*."""

    cell: str
    series: int
    places: Sequence[int]
    means: Sequence[Interval]


def draw_history(cells: Sequence[CellHistory], labels: Sequence[str], unit: str) -> Figure:
    """Draw one panel per cell with the mean of each run and its interval; *labels* are those of the runs."""

    def draw_panel(axes: Axes, cell: CellHistory) -> None:
        colour = style.colour(cell.series)
        for place, mean in zip(cell.places, cell.means, strict=True):
            if mean.low is not None and mean.high is not None:
                axes.plot([place, place], [mean.low, mean.high], color=colour, linewidth=3, alpha=0.6)
        axes.plot(cell.places, [mean.estimate for mean in cell.means], "o-", color=colour, linewidth=1.3)
        axes.set_xlim(-0.5, len(labels) - 0.5)
        axes.set_ylim(bottom=0)
        axes.set_xticks(range(len(labels)), labels, rotation=45, ha="right", fontsize=9)
        axes.grid(axis="y")

    figure = style.panels(cells, lambda cell: cell.cell, draw_panel)
    figure.supylabel(unit, color=style.MUTED, fontsize=12)
    return figure
