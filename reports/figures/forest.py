"""Ratios to the reference with their intervals, on a log axis, over the band in which nothing is ranked."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.figures import style
from reports.figures.values import Ratio


def draw(ratios: Sequence[Ratio], unit: str, floor: float | None) -> Figure:
    """Draw a row a cell; *floor* is the A/A twin's distance from 1 (0.04: 4 %), or None."""
    with style.canvas(style.rows_height(len(ratios))) as (figure, axes):
        style.factors(axes, [value for ratio in ratios for value in ratio.interval.points if value > 0])
        if floor:
            axes.axvspan(1 / (1 + floor), 1 + floor, color=style.BAND, linewidth=0)
        axes.axvline(1, color=style.MUTED, linewidth=1)
        for row, ratio in enumerate(ratios):
            _draw_row(axes, row, ratio)
        style.name_rows(axes, [ratio.cell for ratio in ratios])
        axes.set_xlabel(unit)
        return figure


def _draw_row(axes: Axes, row: int, ratio: Ratio) -> None:
    colour, interval = style.colour(ratio.series), ratio.interval
    if interval.low is not None and interval.high is not None:
        axes.plot([interval.low, interval.high], [row, row], color=colour, linewidth=3)
    axes.plot(interval.estimate, row, "o", color=colour, markersize=9)
    axes.annotate(
        f"{interval.estimate:.2f}×  {ratio.word}",
        (1, row),
        xycoords=("axes fraction", "data"),
        xytext=(8, 0),
        textcoords="offset points",
        va="center",
        color=style.INK,
        annotation_clip=False,
    )
