"""Whether each cell had reached a steady state."""

from collections.abc import Sequence

from benchmarks.results.blocks import valid_blocks
from benchmarks.results.notes import STEADY
from reports.digests import Digest
from reports.estimates import mean
from reports.figures import drift
from reports.figures.values import Measured
from reports.pictures.picture import Drawing
from reports.sentences import amount
from reports.tables import Table
from reports.view import Page

EXPLANATION = (
    "Throughput of the window's last third by that of its first: a dot a block, the bar their mean. Inside "
    f"the grey band ({1 / STEADY:.2f}× to {STEADY:.2f}×) it counts as steady; to the right the cell was "
    "still warming up, to the left it was slowing down."
)


def draw(page: Page, _digests: Sequence[Digest]) -> Drawing | None:
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
    return Drawing("Was it warm", EXPLANATION, drift.draw(cells, STEADY), numbers(cells))


def numbers(cells: Sequence[Measured]) -> Table:
    """Return the drifts in figures."""
    return Table(
        ["cell", "mean", "blocks"],
        [
            [one.name, f"{amount(one.interval.estimate)}×", ", ".join(map(amount, one.blocks))]
            for one in cells
        ],
    )
