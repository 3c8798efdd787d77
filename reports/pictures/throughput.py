"""How many requests each cell carries."""

from collections.abc import Sequence

from reports.digests import Digest
from reports.figures import measured
from reports.figures.values import Interval, Measured
from reports.pictures.picture import Drawing
from reports.sentences import amount, ends
from reports.tables import Table
from reports.view import Page

EXPLANATION = (
    "Requests answered per second. Each dot is one block, the bar their geometric mean, the thick line its "
    "95 % interval. Where two lines overlap widely, do not bet on the order."
)


def draw(page: Page, _digests: Sequence[Digest]) -> Drawing | None:
    """Draw what each cell carried in every block."""
    cells = [
        Measured(row.cell.name, series, blocks(page, row.cell.name), value)
        for series, row in enumerate(page.rows)
        if (value := row.values.get("throughput")) is not None
    ]
    if not cells:
        return None
    figure = measured.draw(cells, "requests per second")
    return Drawing("How many requests it carries", EXPLANATION, figure, numbers(cells))


def blocks(page: Page, cell: str) -> list[float]:
    """Return the throughput of each valid block of *cell*."""
    return list(page.analysis.cells[cell].throughput_by_block.values())


def numbers(cells: Sequence[Measured]) -> Table:
    """Return what the picture shows, in figures."""
    return Table(
        ["cell", "requests/s", "95 % interval", "blocks"],
        [[one.name, *_words(one.interval), ", ".join(map(amount, one.blocks))] for one in cells],
    )


def _words(value: Interval) -> tuple[str, str]:
    return amount(value.estimate), ends(value)
