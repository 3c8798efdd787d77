"""The decision table as CSV with raw numbers, for notebooks and spreadsheets."""

import csv
import io
from collections.abc import Iterator

from reports.charts.values import Interval
from reports.view import CellRow, Page, common_point

Value = str | float | int | None


def spreadsheet(page: Page) -> str:
    """Return a line a cell; an empty field is a number that there is not."""
    rows = [dict(fields(page, row)) for row in page.rows]
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, list(rows[0]) if rows else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()


def fields(page: Page, row: CellRow) -> Iterator[tuple[str, Value]]:
    """Yield the columns of one cell."""
    cell, reference = row.cell, page.reference
    yield from (("run", page.run.run_id), ("commit", page.run.environment.commit), ("cell", cell.name))
    yield from (("baseline", cell.baseline), ("server", cell.server), ("client", cell.client))
    yield from (("processes", cell.processes), ("threads", cell.threads), ("can_wait", row.waiting))
    yield from (("scenario", cell.scenario), ("users", cell.load.users), ("rate_per_s", cell.load.rate_per_s))
    yield from (("valid_blocks", row.blocks), ("blocks", page.run.blocks), ("rank", row.rank))
    yield from (("reference", reference.reference), ("verdict", reference.word(cell.name)))
    for metric in page.metrics:
        name = f"{metric.name.replace(' ', '_')}_{metric.unit.replace('1/s', 'per_s')}"
        yield from ends(name, row.values[metric.name])
        yield from ends(f"{name}_ratio", reference.ratios[metric.name][cell.name])
    yield from (("memory_peak_mib", row.memory_mib), ("ledger", row.ledger.word))
    yield ("updates_checked", row.ledger.updates)
    yield from capacity_fields(row)
    yield ("why", reference.reason(cell.name))


def ends(name: str, interval: Interval | None) -> Iterator[tuple[str, Value]]:
    """Yield an estimate and the ends of its 95 % interval."""
    yield name, interval.estimate if interval else None
    yield f"{name}_low", interval.low if interval else None
    yield f"{name}_high", interval.high if interval else None


def capacity_fields(row: CellRow) -> Iterator[tuple[str, Value]]:
    """Yield what is known of the rate that a cell bears."""
    found, common = row.capacity, common_point(row)
    yield "capacity_per_s", found.capacity_per_s if found else None
    yield "capacity_missed_per_s", found.missed_per_s if found else None
    yield "capacity_is_at_least", found.at_least if found else None
    yield "common_rate_per_s", common.rate_per_s if common else None
    yield "common_rate_response_p50_ms", common.response_ms_p50 if common else None
    yield "common_rate_response_p99_ms", common.response_ms_p99 if common else None
