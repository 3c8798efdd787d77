"""Numbers of one cell by one metric: the mean over its blocks, and its ratio to another cell."""

import math
from collections.abc import Mapping, Sequence

from benchmarks.results.blocks import valid_blocks
from benchmarks.results.metrics import METRICS, Metric
from benchmarks.results.schema import Cell, Trial
from benchmarks.results.statistics import Interval as Bounds
from benchmarks.results.statistics import log_ratios, t_interval
from reports.figures.values import Interval

Blocks = Mapping[int, float]
"""Block -> a cell's value in it."""

BlocksByMetric = Mapping[str, Mapping[str, Blocks]]
"""Name of the metric -> name of the cell -> its blocks."""


def blocks_by_metric(cells: Sequence[Cell], trials: Sequence[Trial]) -> BlocksByMetric:
    """Return the valid blocks of every cell by each metric that any cell has."""
    found = {metric.name: _blocks(cells, trials, metric) for metric in METRICS}
    return {name: by_cell for name, by_cell in found.items() if any(by_cell.values())}


def _blocks(cells: Sequence[Cell], trials: Sequence[Trial], metric: Metric) -> dict[str, Blocks]:
    return {cell.name: valid_blocks(trials, cell.name, metric.of) for cell in cells}


def mean(blocks: Blocks) -> Interval | None:
    """Return the geometric mean over *blocks* with its 95 % t interval; None without a block."""
    return bounded(t_interval([math.log(value) for value in blocks.values()])) if blocks else None


def ratio(blocks: Blocks, reference: Blocks) -> Interval | None:
    """Return the ratio of *blocks* to *reference*, paired by block; None where they share none."""
    shared = sorted(blocks.keys() & reference.keys())
    if not shared:
        return None
    pairs = log_ratios([blocks[block] for block in shared], [reference[block] for block in shared])
    return bounded(t_interval(pairs))


def bounded(found: Bounds) -> Interval:
    """Return *found* without the ends that a single block leaves open."""
    if found.low > 0 and math.isfinite(found.high):
        return Interval(found.ratio, found.low, found.high)
    return Interval(found.ratio)
