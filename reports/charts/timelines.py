"""Throughput of each cell over time, warm-up included."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.charts import style
from reports.charts.chart import Chart
from reports.formatting import NONE, Table, amount
from reports.response_loads import common_load, exceptions
from reports.run_summary import RunSummary
from reports.sample_summaries import BINS, CellTimeline, SampleSummary

STRIP = 0.12
"""Fraction of a panel's height in which the checkpoints of all blocks are marked."""
SHORTEST_MARK = 0.004
"""Fraction of the time shown: a checkpoint of a few milliseconds would not be visible."""

LINES = (
    "Answers per second in the warm-up (shaded) and the window, one line per block; each panel has its own "
    "scale. "
)
OPEN = (
    "The load is the open loop{load}: a dip is a stall, and the peak after it the answers that had waited. "
)
CLOSED = "A line that still rises in the window shows that the cell was not warm. "
MARKS = (
    "A dip in only one block was caused by the machine. The faint marks at the bottom of a panel are Flink's "
    "checkpoints, one row per block; a dark band over the whole height is a failed checkpoint, or the time "
    "in which a component was away. A dotted line is an invalid trial with such a time."
)


@dataclass(frozen=True)
class TimelinePanel:
    """The timelines of one cell, one per block."""

    cell: str
    series: int
    timelines: Sequence[CellTimeline]


def draw(summary: RunSummary, samples: Sequence[SampleSummary]) -> Chart | None:
    """Draw the answers per second of every valid block."""
    panels = [
        TimelinePanel(one.cell, summary.series(one.cell), one.timelines) for one in samples if one.timelines
    ]
    if not panels:
        return None
    load = common_load(summary)
    words = LINES + (OPEN.format(load=load) if load else CLOSED) + MARKS + exceptions(summary)
    return Chart(f"Answers over time{load}", words, draw_panels(panels), numbers(panels))


def draw_panels(panels: Sequence[TimelinePanel]) -> Figure:
    """Draw one panel per cell over the seconds since the window began; the warm-up is below 0."""
    figure = style.panels(panels, lambda panel: panel.cell, _draw_panel)
    figure.supxlabel("seconds since the window began (shaded: warm-up)", color=style.MUTED, fontsize=12)
    figure.supylabel("answers per second", color=style.MUTED, fontsize=12)
    return figure


def _draw_panel(axes: Axes, panel: TimelinePanel) -> None:
    start = min((line.seconds[0] for line in panel.timelines), default=0.0)
    if start < 0:
        axes.axvspan(start, 0, color=style.BAND, linewidth=0)
    for line in panel.timelines:
        axes.plot(
            line.seconds,
            line.answers_per_s,
            color=style.colour(panel.series),
            linewidth=1.3,
            linestyle="-" if line.valid else ":",
            alpha=0.75,
        )
        for began, ended in line.faults:
            axes.axvspan(began, ended, color=style.INK, alpha=0.25, linewidth=0.8)
    _draw_checkpoints(axes, panel.timelines)
    axes.set_ylim(bottom=0)
    axes.xaxis.set_major_formatter("{x:g}")
    axes.grid(axis="y")


def _draw_checkpoints(axes: Axes, timelines: Sequence[CellTimeline]) -> None:
    """Draw one row of marks per block at the bottom, as one path, since there may be thousands."""
    height = STRIP / max(len(timelines), 1)
    x: list[float] = []
    y: list[float] = []
    for row, line in enumerate(timelines):
        shortest = SHORTEST_MARK * (line.seconds[-1] - line.seconds[0])
        for began, ended in line.checkpoints:
            x += [began, max(ended, began + shortest), math.nan]
            y += [(row + 0.5) * height] * 3
    points = 72 * style.PANEL_HEIGHT_IN * 0.6 * height
    axes.plot(
        x,
        y,
        transform=axes.get_xaxis_transform(),
        color=style.MUTED,
        linewidth=0.7 * points,
        alpha=0.5,
        solid_capstyle="butt",
    )


def numbers(panels: Sequence[TimelinePanel]) -> Table:
    """Return the slowest and the fastest part of each cell's windows."""
    return Table(
        ["cell", "blocks", f"slowest and fastest {100 // BINS} % of a window, answers/s"],
        [
            [one.cell, str(sum(line.valid for line in one.timelines)), _extremes(one.timelines)]
            for one in panels
        ],
    )


def _extremes(timelines: Sequence[CellTimeline]) -> str:
    inside = [
        answers_per_s
        for line in timelines
        if line.valid
        for second, answers_per_s in zip(line.seconds, line.answers_per_s, strict=True)
        if second > 0
    ]
    return f"{amount(min(inside))} and {amount(max(inside))}" if inside else NONE
