"""Latency against load, where the run has the same configuration under several loads."""

from collections.abc import Sequence

from reports.charts import rate_lines
from reports.charts.chart import Drawing
from reports.charts.values import Track
from reports.formatting import Table, amount
from reports.sample_summaries import SampleSummary
from reports.view import CellRow, Page

EXPLANATION = (
    "A dot is one load: how many requests per second were answered under it, and the time below which 99 % "
    "of them were. A line joins the loads of one configuration, the lightest first. Where it turns upwards, "
    "more load brings waiting and no more answers."
)


def draw(page: Page, _digests: Sequence[SampleSummary]) -> Drawing | None:
    """Draw a line for each configuration that was measured under more than one load."""
    found = [track(page, rows) for rows in configurations(page.rows) if len(set(map(asked, rows))) > 1]
    if not found:
        return None
    return Drawing(
        "How it bears load",
        EXPLANATION,
        rate_lines.draw(found, "requests answered per second", "response p99, ms"),
        numbers(found),
    )


def configurations(rows: Sequence[CellRow]) -> list[list[CellRow]]:
    """Return the measured rows of each configuration, which differ only in load, the lightest first."""
    found: dict[str, list[CellRow]] = {}
    for row in rows:
        if row.cell.twin_of is None and row.values.get("throughput") and row.values.get("response p99"):
            alike = row.cell.model_dump_json(exclude={"name": True, "load": {"users", "rate_per_s"}})
            found.setdefault(alike, []).append(row)
    return [sorted(alike, key=asked) for alike in found.values()]


def asked(row: CellRow) -> float:
    """Return the size of the load on *row*."""
    return row.cell.load.users or row.cell.load.rate_per_s or 0


def track(page: Page, rows: Sequence[CellRow]) -> Track:
    """Put the rows of one configuration on one line."""
    cell = rows[0].cell
    return Track(
        name=f"{cell.server} x {cell.client}",
        series=page.series(cell.name),
        rates_per_s=[value.estimate for row in rows if (value := row.values["throughput"])],
        response_ms=[value.estimate for row in rows if (value := row.values["response p99"])],
        held=[True] * len(rows),
    )


def numbers(found: Sequence[Track]) -> Table:
    """Return the lines in figures."""
    return Table(
        ["configuration", "requests/s answered", "response p99 ms"],
        [
            [one.name, amount(carried), amount(waited)]
            for one in found
            for carried, waited in zip(one.rates_per_s, one.response_ms, strict=True)
        ],
    )
