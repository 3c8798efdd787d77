"""Whether each cell had reached a steady state."""

from collections.abc import Sequence

from matplotlib.figure import Figure

from benchmarks.results.judge.blocks import valid_blocks
from benchmarks.results.judge.notes import STEADY
from reports.charts import style
from reports.charts.chart import Drawing
from reports.charts.values import Measured
from reports.comparisons import mean
from reports.formatting import Table, amount
from reports.sample_summaries import SampleSummary
from reports.view import Page


def _figure(cells: Sequence[Measured], steady: float) -> Figure:
    """Draw a row a cell and a dot a block; *steady* is the largest factor that counts as steady."""
    with style.canvas(style.rows_height(len(cells))) as (figure, axes):
        axes.axvspan(1 / steady, steady, color=style.BAND, linewidth=0)
        axes.axvline(1, color=style.MUTED, linewidth=1)
        for row, cell in enumerate(cells):
            colour = style.colour(cell.series)
            axes.plot(
                cell.blocks,
                [row] * len(cell.blocks),
                "o",
                color=colour,
                alpha=0.7,
                markersize=7,
                markeredgewidth=0,
            )
            axes.plot(cell.interval.estimate, row, "|", color=colour, markersize=18, markeredgewidth=3)
        style.name_rows(axes, [cell.name for cell in cells])
        style.factors(axes, [value for cell in cells for value in cell.blocks] + [1 / steady, steady])
        axes.set_xlabel("throughput of the window's last third by that of its first")
        return figure


EXPLANATION = (
    "Throughput of the window's last third by that of its first: a dot a block, the bar their mean. Inside "
    f"the grey band ({1 / STEADY:.2f}× to {STEADY:.2f}×) it counts as steady; to the right the cell was "
    "still warming up, to the left it was slowing down."
)


def draw(page: Page, _digests: Sequence[SampleSummary]) -> Drawing | None:
    """Draw the drift of every valid block."""
    found = [
        (name, valid_blocks(page.trials, name, lambda trial: trial.drift)) for name in page.analysis.cells
    ]
    cells = [
        Measured(name, page.series(name), list(blocks.values()), value)
        for name, blocks in found
        if (value := mean(blocks)) is not None
    ]
    if not cells:
        return None
    return Drawing("Was it warm", EXPLANATION, _figure(cells, STEADY), numbers(cells))


def numbers(cells: Sequence[Measured]) -> Table:
    """Return the drifts in figures."""
    return Table(
        ["cell", "mean", "blocks"],
        [
            [one.name, f"{amount(one.interval.estimate)}×", ", ".join(map(amount, one.blocks))]
            for one in cells
        ],
    )
