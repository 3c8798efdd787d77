"""How each cell went from second to second, warm-up included."""

from collections.abc import Sequence

from reports.digests import BINS, Digest
from reports.figures import timelines
from reports.figures.values import Line, Panel
from reports.pictures.picture import Drawing
from reports.sentences import amount
from reports.tables import Table
from reports.view import Page

EXPLANATION = (
    "Answers per second through warm-up (shaded) and window, a line a block; each panel has its own height. "
    "A line that still climbs in the window was not warm; a dip in one block only was the machine's. "
    "The faint marks at the foot of a panel are Flink's checkpoints, a row of them a block; a dark band over "
    "the whole height is a checkpoint that failed."
)


def draw(page: Page, digests: Sequence[Digest]) -> Drawing | None:
    """Draw the answers per second of every valid block."""
    cells = [Panel(one.cell, page.series(one.cell), one.timelines) for one in digests if one.timelines]
    if not cells:
        return None
    figure = timelines.draw(cells, "answers per second")
    return Drawing("How steadily it goes", EXPLANATION, figure, numbers(cells))


def numbers(cells: Sequence[Panel]) -> Table:
    """Return the slowest and the fastest part of each cell's windows."""
    head = f"slowest and fastest {100 // BINS} % of a window, answers/s"
    return Table(
        ["cell", "blocks", head], [[one.cell, str(len(one.lines)), _extremes(one.lines)] for one in cells]
    )


def _extremes(lines: Sequence[Line]) -> str:
    inside = [y for line in lines for x, y in zip(line.x, line.y, strict=True) if x > 0]
    return f"{amount(min(inside))} and {amount(max(inside))}"
