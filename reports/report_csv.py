"""The decision table as CSV with raw numbers, for notebooks and spreadsheets."""

import math
from collections.abc import Iterator

import pandas as pd

from reports.run_summary import CellRow, Interval, RunSummary

CsvValue = str | float | int | None


def report_csv(summary: RunSummary) -> str:
    """Return one line per cell; an empty field is a number that the run does not have."""
    rows = [dict(csv_fields(summary, row)) for row in summary.rows]
    return pd.DataFrame(rows, dtype=object).to_csv(index=False, lineterminator="\n")


def csv_fields(summary: RunSummary, row: CellRow) -> Iterator[tuple[str, CsvValue]]:
    """Yield name and value of each column of one cell."""
    run, cell, reference = summary.run, row.cell, summary.reference
    yield from (("run", run.run_id), ("commit", run.environment.commit), ("cell", cell.name))
    yield from (("baseline", cell.baseline), ("server", cell.server), ("client", cell.client))
    yield from (("processes", cell.processes), ("threads", cell.threads), ("can_wait", row.waiting))
    yield from (("scenario", cell.scenario), ("users", cell.load.users), ("rate_per_s", cell.load.rate_per_s))
    yield from (("valid_blocks", row.blocks), ("blocks", summary.blocks_made))
    yield "rank_first", row.rank.first if row.rank else None
    yield "rank_last", row.rank.last if row.rank else None
    yield from (("reference", reference.reference), ("verdict", reference.word(cell.name)))
    for metric in summary.metrics:
        name = f"{metric.name.replace(' ', '_')}_{metric.unit.replace('1/s', 'per_s')}"
        yield from interval_fields(name, row.values[metric.name])
        yield from interval_fields(f"{name}_ratio", reference.ratios[metric.name][cell.name])
    yield from (("failed_fraction", row.failed_fraction), ("repeats", row.repeats))
    opened = run.open_rate_per_s if cell.name in summary.open_cells else None
    yield ("response_rate_per_s", opened)
    yield from (("memory_peak_mib", row.memory_mib), ("ledger", row.ledger.word))
    yield ("updates_checked", row.ledger.updates)
    yield from capacity_fields(row)
    yield ("why", reference.reason(cell.name))


def interval_fields(name: str, interval: Interval | None) -> Iterator[tuple[str, CsvValue]]:
    """Yield an estimate and the ends of its 95 % interval."""
    yield name, interval.estimate if interval else None
    yield f"{name}_low", interval.low if interval else None
    yield f"{name}_high", interval.high if interval else None


def capacity_fields(row: CellRow) -> Iterator[tuple[str, CsvValue]]:
    """Yield the results of the capacity search, and the response times at the rate that all cells share."""
    found, common = row.capacity, row.common_point
    yield "capacity_per_s", found.capacity_per_s if found else None
    interval = found.interval if found else None
    yield "capacity_low_per_s", interval.low if interval else None
    yield "capacity_high_per_s", interval.high if interval and math.isfinite(interval.high) else None
    yield "capacity_missed_per_s", found.missed_per_s if found else None
    yield "capacity_is_at_least", found.at_least if found else None
    yield "common_rate_per_s", common.rate_per_s if common else None
    yield "common_rate_response_p50_ms", common.response_ms_p50 if common else None
    yield "common_rate_response_p99_ms", common.response_ms_p99 if common else None
