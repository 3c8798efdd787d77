"""What each cell carried in each run of a profile, a panel a cell, the runs in the order of time."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.charts import panels, style
from reports.charts.values import Past


def draw(pasts: Sequence[Past], labels: Sequence[str], unit: str) -> Figure:
    """Draw the mean of each run with its interval; *labels* name the runs' places."""

    def draw_past(axes: Axes, past: Past) -> None:
        colour = style.colour(past.series)
        for place, interval in zip(past.places, past.intervals, strict=True):
            if interval.low is not None and interval.high is not None:
                axes.plot([place, place], [interval.low, interval.high], color=colour, linewidth=3, alpha=0.6)
        axes.plot(past.places, [one.estimate for one in past.intervals], "o-", color=colour, linewidth=1.3)
        axes.set_xlim(-0.5, len(labels) - 0.5)
        axes.set_ylim(bottom=0)
        axes.set_xticks(range(len(labels)), labels, rotation=45, ha="right", fontsize=9)
        axes.grid(axis="y")

    figure = panels.draw(pasts, lambda past: past.cell, draw_past)
    figure.supylabel(unit, color=style.MUTED, fontsize=12)
    return figure
