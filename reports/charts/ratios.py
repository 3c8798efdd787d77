"""Each cell compared with the reference, and the noise between equal cells."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.results.judge.statistics import RatioInterval
from reports.charts import style
from reports.charts.chart import Chart
from reports.formatting import Table, ratio_ends, ratio_words
from reports.run_summary import Interval, RunSummary
from reports.sample_summaries import SampleSummary


@dataclass(frozen=True)
class CellRatio:
    """One cell's ratio to the reference, and its verdict."""

    cell: str
    series: int
    ratio: Interval
    verdict: str


def draw(summary: RunSummary, _samples: Sequence[SampleSummary]) -> Chart | None:
    """Draw each cell's ratio to the reference by the metric of the verdicts."""
    reference = summary.run.reference
    ratios = summary.reference.ratios.get(summary.metric.name, {})
    cells = [
        CellRatio(row.cell.name, series, ratio, summary.reference.word(row.cell.name))
        for series, row in enumerate(summary.rows)
        if (ratio := ratios.get(row.cell.name)) is not None and row.cell.name != reference
    ]
    if not cells:
        return None
    label = f"{summary.metric.name}, ratio to {reference}"
    figure = draw_ratios(cells, label, summary.analysis.control)
    return Chart(f"Compared with {reference}", explanation(summary), figure, numbers(summary, cells))


def explanation(summary: RunSummary) -> str:
    """Return how to read the chart, and the meaning of its grey band."""
    better = "higher" if summary.metric.higher_is_better else "lower"
    ratios = (
        f"The {summary.metric.name} of each cell divided by that of {summary.run.reference} in the same "
        f"block, with its 95 % interval, adjusted for all pairs of cells; {better} is better. Where the "
        "interval contains 1×, no difference was shown."
    )
    control, floor = summary.analysis.control, summary.analysis.floor
    if control is None or floor is None:
        return (
            f"{ratios} No cell was entered twice, so there is no grey band for the noise between equal cells."
        )
    band = f"The grey band is the 95 % interval ({control.low:.3g}× to {control.high:.3g}×)"
    if not is_bounded(control):
        band = "There is no grey band, since one block gives no interval,"
    return (
        f"{ratios} {band} of the ratio between two entries of the same cell (A/A, not adjusted). These "
        f"differed by {floor:.1%}; no cell is ranked by less."
    )


def is_bounded(control: RatioInterval) -> bool:
    """Return whether the interval of the A/A pair has ends, as that of a single block has not."""
    return control.low > 0 and math.isfinite(control.high)


def draw_ratios(cells: Sequence[CellRatio], label: str, control: RatioInterval | None) -> Figure:
    """Draw one row per cell; *control* is the ratio of the A/A pair, or None."""
    with style.canvas(style.rows_height(len(cells))) as (figure, axes):
        style.factors(axes, [value for cell in cells for value in _points(cell.ratio) if value > 0])
        if control and is_bounded(control):
            low, high = axes.get_xlim()
            axes.axvspan(max(control.low, low), min(control.high, high), color=style.BAND, linewidth=0)
        axes.axvline(1, color=style.MUTED, linewidth=1)
        for row, cell in enumerate(cells):
            _draw_row(axes, row, cell)
        style.name_rows(axes, [cell.cell for cell in cells])
        axes.set_xlabel(label)
        return figure


def _draw_row(axes: Axes, row: int, cell: CellRatio) -> None:
    colour, ratio = style.colour(cell.series), cell.ratio
    if ratio.low is not None and ratio.high is not None:
        axes.plot([ratio.low, ratio.high], [row, row], color=colour, linewidth=3)
    axes.plot(ratio.estimate, row, "o", color=colour, markersize=9)
    axes.annotate(
        f"{ratio.estimate:.2f}×  {cell.verdict}",
        (1, row),
        xycoords=("axes fraction", "data"),
        xytext=(8, 0),
        textcoords="offset points",
        va="center",
        color=style.INK,
        annotation_clip=False,
    )


def _points(ratio: Interval) -> list[float]:
    return [value for value in (ratio.low, ratio.estimate, ratio.high) if value is not None]


def numbers(summary: RunSummary, cells: Sequence[CellRatio]) -> Table:
    """Return the ratios, each with the reason for its verdict."""
    return Table(
        ["cell", "ratio", "adjusted 95 % interval", "verdict", "reason"],
        [
            [
                one.cell,
                ratio_words(one.ratio),
                ratio_ends(one.ratio),
                one.verdict,
                summary.reference.reason(one.cell),
            ]
            for one in cells
        ],
    )
