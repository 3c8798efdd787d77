"""The decision table in words, and what it says with any other cell as its reference."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.results.judge.capacity import CellCapacity
from benchmarks.results.judge.metrics import Metric
from reports.comparisons import ComparisonsWith
from reports.formatting import NONE, Table, amount, ends, ratio_ends, times, unit
from reports.view import CellRow, Page, common_point

HEADINGS = {
    "throughput": "requests/s",
    "response p50": "p50 ms",
    "response p99": "p99 ms",
    "CPU per request": "CPU ms/request",
}

ELSEWHERE = ("endpoint CPU per request",)
"""Metrics that the table leaves to a picture and to the CSV, for want of room."""

PAUSE = "; "
"""What keeps the phrases of a reason apart."""

MARKS = {"faster": "▲", "slower": "▼", "tie": "=", "unknown": "?", "invalid": "✕"}
"""A shape beside each verdict, for readers who tell no colours apart."""


@dataclass(frozen=True)
class Measure:
    """One metric of one cell; *sort* is the raw number."""

    sort: float | None
    value: str
    ends: str
    ratio: str
    ratio_ends: str


@dataclass(frozen=True)
class TableLine:
    """One cell's line in words; *measures* go with `columns`."""

    cell: str
    about: str
    rank: str
    rank_sort: int | None
    word: str
    measures: Sequence[Measure]
    borne: Sequence[Measure]
    """Goes with `borne_headings`, and has no ratios."""
    memory: str
    memory_sort: float | None
    ledger: str
    updates: str
    waiting: str
    waiting_sort: int | None
    blocks: str
    blocks_sort: int


def columns(page: Page) -> list[Metric]:
    """Return the metrics that have a column."""
    return [metric for metric in page.metrics if metric.name not in ELSEWHERE]


def heading(metric: Metric) -> str:
    """Return the column head of *metric*."""
    return HEADINGS.get(metric.name, f"{metric.name}, {unit(metric)}")


def lines(page: Page) -> list[TableLine]:
    """Return the table's lines in the order of the run's cells."""
    return [line(page, row) for row in page.rows]


def line(page: Page, row: CellRow) -> TableLine:
    """Return one cell's line."""
    cell = row.cell
    return TableLine(
        cell=cell.name,
        about=f"{cell.baseline or ''} {cell.server} {cell.client} {cell.scenario}",
        rank=rank_words(row),
        rank_sort=row.rank,
        word=page.reference.word(cell.name),
        measures=[measure(page, row, metric) for metric in columns(page)],
        borne=[capacity(row.capacity), at_common_rate(row)] if page.analysis.capacity else [],
        memory=amount(row.memory_mib),
        memory_sort=row.memory_mib,
        ledger=row.ledger.word,
        updates=f"{row.ledger.updates:,} updates" if row.ledger.updates else "",
        waiting=NONE if row.waiting is None else str(row.waiting),
        waiting_sort=row.waiting,
        blocks=f"{row.blocks} of {page.run.blocks}",
        blocks_sort=row.blocks,
    )


def table(page: Page) -> Table:
    """Return the decision table with a column of values and one of ratios for each metric, for Markdown."""
    heads = ["cell", "rank", "verdict"]
    for metric in columns(page):
        heads += [heading(metric), "ratio"]
    return Table(
        [*heads, "memory MiB", "ledger", "holds", "valid blocks"], [_flat(one) for one in lines(page)]
    )


def _flat(one: TableLine) -> list[str]:
    words = [one.cell, one.rank, one.word]
    for measure in one.measures:
        words += [_bracketed(measure.value, measure.ends), _bracketed(measure.ratio, measure.ratio_ends)]
    words += [_bracketed(bears.value, bears.ends) for bears in one.borne]
    return [*words, one.memory, _bracketed(one.ledger, one.updates), one.waiting, one.blocks]


def _bracketed(value: str, span: str) -> str:
    return f"{value} [{span}]" if span else value


def rank_words(row: CellRow) -> str:
    """Return the rank, with a sign where others share it."""
    if row.rank is None:
        return NONE
    return f"{row.rank} =" if row.shared_rank else str(row.rank)


def measure(page: Page, row: CellRow, metric: Metric) -> Measure:
    """Return one metric of one cell, and its ratio to the run's reference."""
    value = row.values[metric.name]
    estimate = value.estimate if value else None
    ratio = ratio_words(page.reference, metric, row.cell.name)
    return Measure(estimate, amount(estimate), ends(value), *ratio)


def borne_headings(page: Page) -> list[str]:
    """Return the columns of what each cell bears, where that was sought."""
    if not page.analysis.capacity or page.run.capacity is None:
        return []
    common = next((point.rate_per_s for row in page.rows if (point := common_point(row))), None)
    objective = f"capacity at p99 ≤ {page.run.capacity.slo.response_ms_p99:g} ms"
    return [objective, f"p99 ms at {amount(common)} requests/s"]


def capacity(found: CellCapacity | None) -> Measure:
    """Return the rate that a cell bears, and the next one, which it did not."""
    if found is None or found.invalid is not None or found.capacity_per_s is None:
        return Measure(None, NONE, "", "", "")
    least = "≥ " if found.at_least else ""
    word = "unknown at" if found.at_least else "not"
    missed = f"{word} {amount(found.missed_per_s)}" if found.missed_per_s else ""
    return Measure(found.capacity_per_s, f"{least}{amount(found.capacity_per_s)}", missed, "", "")


def at_common_rate(row: CellRow) -> Measure:
    """Return the p99 of a cell at the rate that all cells share."""
    point = common_point(row)
    p99 = point.response_ms_p99 if point else None
    return Measure(p99, amount(p99), "", "", "")


def ratio_words(against: ComparisonsWith, metric: Metric, cell: str) -> tuple[str, str]:
    """Return the ratio of *cell* and its interval in words; that of the reference to itself is sure."""
    ratio = against.ratios[metric.name][cell]
    if ratio is None:
        return "", ""
    return times(ratio), "" if cell == against.reference else ratio_ends(ratio)


def switching(page: Page) -> str:
    """Return as JSON the table's words, reasons and ratios with each cell as its reference.

    A reason is a list of places in `phrases`, since most of its phrases come again and again.
    """
    names = [row.cell.name for row in page.rows]
    phrases: dict[str, int] = {}
    found = [[against_words(page, page.references[one], cell, phrases) for cell in names] for one in names]
    document = {"cells": names, "marks": MARKS, "against": found, "phrases": list(phrases)}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def against_words(page: Page, against: ComparisonsWith, cell: str, phrases: dict[str, int]) -> list[object]:
    """Return word, reason, and ratio and interval by each metric, of *cell*; new phrases join *phrases*."""
    ratios = [ratio_words(against, metric, cell) for metric in columns(page)]
    parts = against.reason(cell).split(PAUSE)
    return [against.word(cell), [phrases.setdefault(part, len(phrases)) for part in parts], ratios]
