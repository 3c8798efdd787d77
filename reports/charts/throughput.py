"""How many requests each cell carries."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.charts import style
from reports.charts.chart import Drawing
from reports.charts.values import Interval, Measured
from reports.formatting import Table, amount, ends
from reports.sample_summaries import SampleSummary
from reports.view import Page


def _figure(cells: Sequence[Measured], unit: str) -> Figure:
    """Draw a row a cell, in the order given; *unit* labels the axis."""
    with style.canvas(style.rows_height(len(cells))) as (figure, axes):
        for row, cell in enumerate(cells):
            _draw_row(axes, row, cell)
        style.name_rows(axes, [cell.name for cell in cells])
        axes.set_xlim(0, 1.18 * max((_reach(cell) for cell in cells), default=1))
        axes.set_xlabel(unit)
        axes.grid(axis="x")
        return figure


def _draw_row(axes: Axes, row: int, cell: Measured) -> None:
    colour = style.colour(cell.series)
    interval = cell.interval
    axes.barh(row, interval.estimate, height=0.55, color=colour, alpha=0.35)
    if interval.low is not None and interval.high is not None:
        axes.plot([max(interval.low, 0), interval.high], [row, row], color=colour, linewidth=3)
    axes.plot(cell.blocks, [row] * len(cell.blocks), "o", color=colour, markersize=6, markeredgewidth=0)
    axes.annotate(
        f"{interval.estimate:,.0f}",
        (_reach(cell), row),
        xytext=(10, 0),
        textcoords="offset points",
        va="center",
        color=style.INK,
    )


def _reach(cell: Measured) -> float:
    return max([cell.interval.estimate, cell.interval.high or 0, *cell.blocks])


EXPLANATION = (
    "Requests answered per second. Each dot is one block, the bar their geometric mean, the thick line its "
    "95 % interval. Where two lines overlap widely, do not bet on the order."
)


def draw(page: Page, _digests: Sequence[SampleSummary]) -> Drawing | None:
    """Draw what each cell carried in every block."""
    cells = [
        Measured(row.cell.name, series, blocks(page, row.cell.name), value)
        for series, row in enumerate(page.rows)
        if (value := row.values.get("throughput")) is not None
    ]
    if not cells:
        return None
    figure = _figure(cells, "requests per second")
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
