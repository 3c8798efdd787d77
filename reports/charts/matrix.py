"""Throughput of each server with each client."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from benchmarks.results.store.schema import Cell
from reports.charts import style
from reports.charts.chart import Chart
from reports.formatting import Table, amount, load_words
from reports.run_summary import CellRow, RunSummary
from reports.sample_summaries import SampleSummary

WIDTH_LETTERS = 88
PALEST, DARKEST = 0.06, 0.5
"""Opacity of the smallest and the largest value; on a darker field the label would be hard to read."""

EXPLANATION = (
    "Requests per second of each server (rows) with each Kafka client (columns); a stronger colour is a "
    "higher value. A dash is a combination that was not measured or has no valid trial. Compare along a row "
    "to choose a client, and down a column to choose a server."
)


@dataclass(frozen=True)
class ServerClientMap:
    """Requests per second by server and client, of cells with the same scenario, load and concurrency."""

    title: str
    servers: Sequence[str]
    clients: Sequence[str]
    values: Mapping[tuple[str, str], float]


def draw(summary: RunSummary, _samples: Sequence[SampleSummary]) -> Chart | None:
    """Draw a map for each group of cells that differ only in server and client."""
    found = [server_client_map(title, rows) for title, rows in groups(summary.rows).items()]
    maps = [one for one in found if len(one.servers) > 1 and len(one.clients) > 1]
    if not maps:
        return None
    return Chart("Throughput by server and client", EXPLANATION, draw_maps(maps), numbers(maps))


def groups(rows: Sequence[CellRow]) -> dict[str, list[CellRow]]:
    """Return the rows by everything but server and client; baselines are left out."""
    found: dict[str, list[CellRow]] = {}
    for row in rows:
        measured = row.values.get("throughput") is not None
        if measured and not (row.cell.baseline or row.cell.twin_of or row.cell.functions):
            found.setdefault(conditions(row.cell), []).append(row)
    return found


def conditions(cell: Cell) -> str:
    """Return scenario, load and concurrency of *cell* in words."""
    return f"{cell.scenario}, {load_words(cell.load)}, {cell.processes} × {cell.threads} processes × threads"


def server_client_map(title: str, rows: Sequence[CellRow]) -> ServerClientMap:
    """Return the throughput of *rows* by server and client."""
    return ServerClientMap(
        title=title,
        servers=list(dict.fromkeys(row.cell.server for row in rows)),
        clients=list(dict.fromkeys(row.cell.client for row in rows)),
        values={
            (row.cell.server, row.cell.client): value.estimate
            for row in rows
            if (value := row.values["throughput"]) is not None
        },
    )


def draw_maps(maps: Sequence[ServerClientMap]) -> Figure:
    """Draw the maps one above the other, with one scale of colour."""
    heights = [0.8 + 0.5 * len(one.servers) for one in maps]
    largest = max(value for one in maps for value in one.values.values())
    with style.grid(sum(heights), len(maps), 1, shared=False, heights=heights) as (figure, axes):
        for place, one in zip(axes, maps, strict=True):
            _draw_map(place, one, largest)
        return figure


def _draw_map(axes: Axes, one: ServerClientMap, largest: float) -> None:
    for row, server in enumerate(one.servers):
        for column, client in enumerate(one.clients):
            _draw_field(axes, row, column, one.values.get((server, client)), largest)
    axes.set_title(one.title, loc="left", pad=12, fontsize=12, color=style.MUTED)
    axes.set_xticks(
        range(len(one.clients)),
        [style.folded(name, WIDTH_LETTERS // len(one.clients)) for name in one.clients],
    )
    axes.xaxis.set_ticks_position("top")
    axes.tick_params(axis="x", length=0, labelcolor=style.INK)
    style.name_rows(axes, one.servers)
    axes.set_xlim(-0.5, len(one.clients) - 0.5)
    axes.set_ylim(len(one.servers) - 0.5, -0.5)
    axes.spines["bottom"].set_visible(False)


def _draw_field(axes: Axes, row: int, column: int, value: float | None, largest: float) -> None:
    if value is not None:
        opacity = PALEST + (DARKEST - PALEST) * value / largest
        axes.add_patch(
            Rectangle((column - 0.48, row - 0.46), 0.96, 0.92, facecolor=style.colour(0), alpha=opacity)
        )
    axes.text(column, row, amount(value), ha="center", va="center", color=style.INK)


def numbers(maps: Sequence[ServerClientMap]) -> Table:
    """Return the maps as one table."""
    return Table(
        ["server", "client", "conditions", "requests/s"],
        [
            [server, client, one.title, amount(value)]
            for one in maps
            for (server, client), value in one.values.items()
        ],
    )
