"""The decision table in words: rows for HTML, a table for Markdown, and JSON to change the reference."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.results.judge.capacity import CellCapacity
from benchmarks.results.judge.metrics import P99, RESPONSE_TIMES, Metric
from benchmarks.results.judge.verdicts import rank_words
from reports.formatting import NONE, Table, amount, interval_ends, ratio_ends, ratio_words, unit
from reports.missing_p99 import no_p99_reasons
from reports.response_loads import closed_loop_note, common_load
from reports.run_summary import CellRow, ReferenceComparisons, RunSummary

HEADINGS = {
    "throughput": "requests/s",
    "response mean": "mean ms",
    "response p50": "p50 ms",
    "response p99": "p99 ms",
    "CPU per request": "CPU ms/request",
}

NOT_IN_TABLE = ("endpoint CPU per request",)
"""Metrics without a column, to save width; a chart and the CSV have them."""

REASON_SEPARATOR = "; "
"""Separates the phrases of a verdict's reason."""

MARKS = {"faster": "▲", "slower": "▼", "tie": "=", "unknown": "?", "invalid": "✕"}
"""A shape for each verdict, for readers who cannot distinguish its colours."""


@dataclass(frozen=True)
class TableValue:
    """One metric of one cell in words; *sort* is the raw number."""

    sort: float | None
    value: str
    ends: str = ""
    ratio: str = ""
    ratio_ends: str = ""
    note: str = ""
    """A remark on how it was measured."""
    reason: str = ""
    """Why there is no value."""


@dataclass(frozen=True)
class TableRow:
    """One cell's row in words; *values* go with `table_metrics`, *capacity* with `capacity_headings`."""

    cell: str
    about: str
    """The cell's parts, which the filter of the page searches."""
    rank: str
    rank_sort: int | None
    """The best rank that the cell can have."""
    is_reference: bool
    """Whether other cells can be compared with it."""
    word: str
    values: Sequence[TableValue]
    capacity: Sequence[TableValue]
    failed: str
    failed_sort: float | None
    memory: str
    memory_sort: float | None
    ledger: str
    updates: str
    waiting: str
    waiting_sort: int | None
    blocks: str
    blocks_sort: int
    repeats: str


def table_rows(summary: RunSummary) -> list[TableRow]:
    """Return the rows of the table, the best cell first."""
    return [table_row(summary, row) for row in summary.rows]


def table_row(summary: RunSummary, row: CellRow) -> TableRow:
    """Return one cell's row."""
    cell = row.cell
    return TableRow(
        cell=cell.name,
        about=f"{cell.baseline or ''} {cell.server} {cell.client} {cell.scenario}",
        rank=rank_words(row.rank),
        rank_sort=row.rank.first if row.rank else None,
        is_reference=cell.name in summary.references,
        word=summary.reference.word(cell.name),
        values=[table_value(summary, row, metric) for metric in table_metrics(summary)],
        capacity=[capacity_value(row.capacity), common_rate_value(row)] if summary.analysis.capacity else [],
        failed=failed_words(row.failed_fraction),
        failed_sort=row.failed_fraction,
        memory=amount(row.memory_mib),
        memory_sort=row.memory_mib,
        ledger=row.ledger.word,
        updates=f"{row.ledger.updates:,} updates" if row.ledger.updates else "",
        waiting=NONE if row.waiting is None else str(row.waiting),
        waiting_sort=row.waiting,
        blocks=f"{row.blocks} of {summary.blocks_made}",
        blocks_sort=row.blocks,
        repeats=repeats_words(row.repeats),
    )


def repeats_words(repeats: int) -> str:
    """Return how many trials were repeated because they failed their own rules; nothing for none."""
    return f"{repeats} repeat{'s' if repeats > 1 else ''}" if repeats else ""


def table_metrics(summary: RunSummary) -> list[Metric]:
    """Return the metrics that have a column."""
    return [metric for metric in summary.metrics if metric.name not in NOT_IN_TABLE]


def heading(summary: RunSummary, metric: Metric) -> str:
    """Return the column head of *metric*, with the rate at which response times were taken."""
    words = HEADINGS.get(metric.name, f"{metric.name}, {unit(metric)}")
    return words + common_load(summary) if metric.name in RESPONSE_TIMES else words


def failed_words(fraction: float | None) -> str:
    """Return the share of failed requests."""
    if fraction is None:
        return NONE
    return "0" if fraction == 0 else f"{fraction:.2g}" if fraction < 0.0001 else f"{fraction:.2%}"


def table_value(summary: RunSummary, row: CellRow, metric: Metric) -> TableValue:
    """Return one metric of one cell, and its ratio to the run's reference."""
    value = row.values[metric.name]
    estimate = value.estimate if value else None
    reasons = no_p99_reasons(summary.trials, row.cell.name) if metric is P99 and value is None else []
    return TableValue(
        estimate,
        amount(estimate),
        interval_ends(value),
        *ratio_to(summary.reference, metric, row.cell.name),
        note=closed_loop_note(summary, metric, row.cell) if value else "",
        reason=reasons[0] if reasons else "",
    )


def ratio_to(comparisons: ReferenceComparisons, metric: Metric, cell: str) -> tuple[str, str]:
    """Return the ratio of *cell* to the reference and the ends of its interval, in words.

    The ratio of the reference to itself is exact and has no interval.
    """
    ratio = comparisons.ratios[metric.name][cell]
    if ratio is None:
        return "", ""
    return ratio_words(ratio), "" if cell == comparisons.reference else ratio_ends(ratio)


def capacity_headings(summary: RunSummary) -> list[str]:
    """Return the heads of the capacity columns; none where the run has no capacity search."""
    if not summary.analysis.capacity or summary.run.capacity is None:
        return []
    common = next((row.common_point.rate_per_s for row in summary.rows if row.common_point), None)
    objective = f"capacity at p99 ≤ {summary.run.capacity.slo.response_ms_p99:g} ms"
    return [objective, f"p99 ms at {amount(common)} requests/s"]


def capacity_value(found: CellCapacity | None) -> TableValue:
    """Return the capacity of a cell with its interval and rank, and the lowest rate missed."""
    if found is None or found.invalid is not None or found.capacity_per_s is None:
        return TableValue(None, NONE)
    least = "≥ " if found.at_least else ""
    word = "unknown at" if found.at_least else "missed at"
    ends = [*_capacity_ends(found), *([f"{word} {amount(found.missed_per_s)}"] if found.missed_per_s else [])]
    return TableValue(found.capacity_per_s, f"{least}{amount(found.capacity_per_s)}", "; ".join(ends))


def _capacity_ends(found: CellCapacity) -> list[str]:
    """Return the interval over blocks and the rank by it; nothing for a single block."""
    if found.interval is None or found.rank is None:
        return []
    low, high, rank = found.interval.low, found.interval.high, found.rank
    ends = f"{amount(low)} or more" if math.isinf(high) else f"{amount(low)} to {amount(high)}"
    return [ends, f"rank {rank.first}" if rank.first == rank.last else f"ranks {rank.first} to {rank.last}"]


def common_rate_value(row: CellRow) -> TableValue:
    """Return the p99 of a cell at the rate that all cells share."""
    p99 = row.common_point.response_ms_p99 if row.common_point else None
    return TableValue(p99, amount(p99))


def markdown_columns(summary: RunSummary) -> Table:
    """Return the table for Markdown, in which each metric has a column of values and one of ratios."""
    heads = ["cell", "rank", "verdict"]
    for metric in table_metrics(summary):
        heads += [heading(summary, metric), "ratio"]
    heads += [*capacity_headings(summary), "failed", "memory MiB", "ledger", "max in flight", "valid blocks"]
    return Table(heads, [_flat(row) for row in table_rows(summary)])


def _flat(row: TableRow) -> list[str]:
    words = [row.cell, row.rank, row.word]
    for value in row.values:
        addition = ", ".join(part for part in (value.ends, value.note, value.reason) if part)
        words += [_bracketed(value.value, addition), _bracketed(value.ratio, value.ratio_ends)]
    words += [_bracketed(value.value, value.ends) for value in row.capacity]
    blocks = f"{row.blocks}, {row.repeats}" if row.repeats else row.blocks
    return [*words, row.failed, row.memory, _bracketed(row.ledger, row.updates), row.waiting, blocks]


def _bracketed(value: str, addition: str) -> str:
    return f"{value} [{addition}]" if addition else value


def comparisons_json(summary: RunSummary) -> str:
    """Return the verdicts, reasons and ratios with each cell as the reference, for the page's script.

    A cell that cannot be the reference has null instead. A reason is a list of indices into `phrases`, since
    most phrases occur many times.
    """
    names = [row.cell.name for row in summary.rows]
    phrases: dict[str, int] = {}
    found = [
        [compared_cell(summary, one, cell, phrases) for cell in names] if one in summary.references else None
        for one in names
    ]
    document = {"cells": names, "marks": MARKS, "against": found, "phrases": list(phrases)}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def compared_cell(summary: RunSummary, reference: str, cell: str, phrases: dict[str, int]) -> list[object]:
    """Return verdict, reason and ratios of *cell* against *reference*; new phrases are added to *phrases*."""
    comparisons = summary.references[reference]
    ratios = [ratio_to(comparisons, metric, cell) for metric in table_metrics(summary)]
    parts = comparisons.reason(cell).split(REASON_SEPARATOR)
    return [comparisons.word(cell), [phrases.setdefault(part, len(phrases)) for part in parts], ratios]
