"""Each cell against the reference, and what lies within the noise."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.charts import style
from reports.charts.chart import Drawing
from reports.charts.values import Ratio
from reports.formatting import Table, ratio_ends, times
from reports.sample_summaries import SampleSummary
from reports.view import Page


def _figure(ratios: Sequence[Ratio], unit: str, floor: float | None) -> Figure:
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


def draw(page: Page, _digests: Sequence[SampleSummary]) -> Drawing | None:
    """Draw each cell's ratio to the reference by the verdicts' metric."""
    found = page.reference.ratios.get(page.metric.name, {})
    rows = [
        Ratio(cell, page.series(cell), value, page.reference.word(cell))
        for cell, value in found.items()
        if value is not None and cell != page.run.reference
    ]
    if not rows:
        return None
    figure = _figure(rows, f"{page.metric.name}, ratio to {page.run.reference}", page.analysis.floor)
    return Drawing(f"Compared with {page.run.reference}", explanation(page), figure, numbers(page, rows))


def explanation(page: Page) -> str:
    """Say how to read the picture, and what the band is."""
    better = "right" if page.metric.higher_is_better else "left"
    told = (
        f"The {page.metric.name} of each cell by that of {page.run.reference} in the same block, with its "
        f"95 % interval; further {better} is better. A line that crosses 1× is no difference that was shown."
    )
    if page.analysis.floor is None:
        return (
            f"{told} No cell was entered twice, so there is no band that shows the noise between equal cells."
        )
    return (
        f"{told} The grey band is the noise: two entries of the same cell differed by "
        f"{page.analysis.floor:.1%}, and nothing inside it is ranked."
    )


def numbers(page: Page, rows: Sequence[Ratio]) -> Table:
    """Return the ratios in figures, each with the reason for its verdict."""
    return Table(
        ["cell", "ratio", "95 % interval", "verdict", "why"],
        [
            [
                one.cell,
                times(one.interval),
                ratio_ends(one.interval),
                one.word,
                page.reference.reason(one.cell),
            ]
            for one in rows
        ],
    )
