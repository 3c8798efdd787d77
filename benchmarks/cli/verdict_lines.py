"""The verdicts of a run as lines for a terminal."""

import math
from collections.abc import Iterator

from benchmarks.results.judge.analysis import Analysis, CellFigures
from benchmarks.results.judge.capacity import CellCapacity, Point
from benchmarks.results.judge.verdicts import rank_words
from benchmarks.results.store.schema import Run

WHOLE_FROM = 100
"""Rates from here on are printed without decimals."""


def verdict_lines(run: Run, analysis: Analysis) -> Iterator[str]:
    """Yield a line per cell, the best first, then the notes."""
    width = max(len(name) for name in analysis.cells)
    ranks = {name: rank_words(cell.rank) for name, cell in analysis.cells.items()}
    rank_width = max(map(len, ranks.values()))
    for name, cell in analysis.cells.items():
        figures = figures_words(cell)
        yield f"{ranks[name]:<{rank_width}}  {name:<{width}}  {figures}  {verdict_words(run, analysis, name)}"
    for name, capacity in analysis.capacity.items():
        yield f"{name:<{width}}  {capacity_words(capacity)}"
    for note in analysis.notes:
        yield f"note: {note}"


def figures_words(cell: CellFigures) -> str:
    """Return throughput and response times of *cell*, each a dash where it has none."""
    throughput, p50, p99 = cell.throughput_per_s, cell.response_ms_p50, cell.response_ms_p99
    rate = f"{'-':>6}  " if throughput is None else f"{throughput:6.0f}/s"
    median = "-" if p50 is None else f"{p50:.1f}"
    tail = "-" if p99 is None else f"{p99:.1f}"
    return f"{rate} p50 {median:>6} p99 {tail:>7} ms"


def verdict_words(run: Run, analysis: Analysis, name: str) -> str:
    """Return the verdict on a cell by the main metric of the run, and its reason."""
    if name == run.reference:
        return "reference"
    comparison = analysis.verdict(name)
    if comparison is None:
        return "A/A control"
    ratio = f" {comparison.interval.ratio:.2f}×" if comparison.interval else ""
    return f"{comparison.verdict}{ratio}: {comparison.reason}"


def capacity_words(found: CellCapacity) -> str:
    """Return the capacity of a cell, what bounds it, and the response times below it."""
    if found.invalid:
        return f"capacity invalid: {found.invalid}"
    least = "at least " if found.at_least and found.capacity_per_s is not None else ""
    words = f"capacity {least}{rate_words(found.capacity_per_s)}{interval_words(found)}"
    if found.missed_per_s is not None:
        verb = "was inconclusive" if found.at_least else "missed"
        words += f"; {rate_words(found.missed_per_s)} {verb}: {found.missed_by}"
    return "; ".join([words, *map(point_words, found.points)])


def interval_words(found: CellCapacity) -> str:
    """Return the interval of a capacity over its blocks, and the ranks that it can have by it."""
    if found.interval is None or found.rank is None:
        return ""
    low, high, rank = found.interval.low, found.interval.high, found.rank
    ends = f"{rate_words(low)} or more" if math.isinf(high) else f"{rate_words(low)} to {rate_words(high)}"
    span = f"rank {rank.first}" if rank.first == rank.last else f"ranks {rank.first} to {rank.last}"
    return f" (95 % interval {ends}, {len(found.by_block)} blocks, {span})"


def point_words(point: Point) -> str:
    """Return the response times at one rate."""
    at = "common rate" if point.fraction is None else f"{point.fraction:.0%}"
    p99 = f"- ({point.no_p99})" if point.response_ms_p99 is None else f"{point.response_ms_p99:.1f} ms"
    return f"p99 {p99} at {at} ({rate_words(point.rate_per_s)})"


def rate_words(rate_per_s: float | None) -> str:
    """Return *rate_per_s* with a suitable number of digits."""
    if rate_per_s is None:
        return "none found"
    return f"{rate_per_s:,.0f}/s" if rate_per_s >= WHOLE_FROM else f"{rate_per_s:.3g}/s"
