"""Drift of each cell: whether its throughput was steady in the window."""

from collections.abc import Sequence

from matplotlib.figure import Figure

from benchmarks.results.judge.blocks import valid_blocks
from benchmarks.results.judge.notes import STEADY
from reports.charts import style
from reports.charts.chart import CellBlocks, Chart
from reports.formatting import Table, amount
from reports.run_summary import RunSummary, mean
from reports.sample_summaries import SampleSummary

EXPLANATION = (
    "In the window of each cell's own load: throughput of the last third divided by that of its first. A "
    f"dot is one block, the bar is the mean of the blocks. Inside the grey band ({1 / STEADY:.2f}× to "
    f"{STEADY:.2f}×) throughput counts as steady. To the right of it the cell was still warming up; to the "
    "left it was slowing down."
)


def draw(summary: RunSummary, _samples: Sequence[SampleSummary]) -> Chart | None:
    """Draw the drift of every valid block."""
    found = [
        (name, valid_blocks(summary.trials, name, lambda trial: trial.drift))
        for name in summary.analysis.cells
    ]
    cells = [
        CellBlocks(name, summary.series(name), list(blocks.values()), value)
        for name, blocks in found
        if (value := mean(blocks)) is not None
    ]
    if not cells:
        return None
    return Chart("Steady state", EXPLANATION, draw_drifts(cells), numbers(cells))


def draw_drifts(cells: Sequence[CellBlocks]) -> Figure:
    """Draw one row per cell and one dot per block."""
    with style.canvas(style.rows_height(len(cells))) as (figure, axes):
        axes.axvspan(1 / STEADY, STEADY, color=style.BAND, linewidth=0)
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
            axes.plot(cell.mean.estimate, row, "|", color=colour, markersize=18, markeredgewidth=3)
        style.name_rows(axes, [cell.cell for cell in cells])
        style.factors(axes, [value for cell in cells for value in cell.blocks] + [1 / STEADY, STEADY])
        axes.set_xlabel("throughput of the window's last third divided by that of its first")
        return figure


def numbers(cells: Sequence[CellBlocks]) -> Table:
    """Return the mean drift of each cell, and its blocks."""
    return Table(
        ["cell", "mean", "blocks"],
        [[one.cell, f"{amount(one.mean.estimate)}×", ", ".join(map(amount, one.blocks))] for one in cells],
    )
