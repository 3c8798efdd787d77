"""Every cell compared with each possible reference, so that a reader can switch it; and the ranks."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.results.judge.analysis import Comparison, compare_all
from benchmarks.results.judge.blocks import obstacle, valid_blocks
from benchmarks.results.judge.metrics import METRICS, Metric
from benchmarks.results.judge.statistics import RatioInterval, log_ratios, t_interval
from benchmarks.results.store.schema import Cell, Run, Trial
from reports.charts.values import Interval

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


def bounded(found: RatioInterval) -> Interval:
    """Return *found* without the ends that a single block leaves open."""
    if found.low > 0 and math.isfinite(found.high):
        return Interval(found.ratio, found.low, found.high)
    return Interval(found.ratio)


Ratios = Mapping[str, Mapping[str, Interval | None]]
"""Name of the metric -> name of the cell -> its ratio to the reference."""

Judged = Mapping[str, Comparison]
"""Name of a cell -> how it compares with the reference."""


@dataclass(frozen=True)
class ComparisonsWith:
    """Every cell compared with one *reference*; *judged* is by the verdicts' metric."""

    reference: str
    judged: Judged
    ratios: Ratios

    def word(self, cell: str) -> str:
        """Return the verdict on *cell* in a word."""
        if cell == self.reference:
            return "reference"
        return self.judged[cell].verdict if cell in self.judged else "A/A control"

    def reason(self, cell: str) -> str:
        """Return why the verdict on *cell* is what it is."""
        if cell == self.reference:
            return "the others are compared with it"
        return (
            self.judged[cell].reason
            if cell in self.judged
            else "the same as another cell: it shows the noise"
        )


def compare_with_each(
    run: Run, trials: Sequence[Trial], metric: Metric, blocks: BlocksByMetric
) -> dict[str, ComparisonsWith]:
    """Return the comparisons with each cell of *run* in the reference's place."""
    return {cell.name: compare_with(run, trials, metric, blocks, cell.name) for cell in run.cells}


def compare_with(
    run: Run, trials: Sequence[Trial], metric: Metric, blocks: BlocksByMetric, reference: str
) -> ComparisonsWith:
    """Return the comparisons with *reference* in place of the run's own."""
    ratios = {
        name: {cell: ratio(values, by_cell[reference]) for cell, values in by_cell.items()}
        for name, by_cell in blocks.items()
    }
    return ComparisonsWith(reference, judged(run, trials, metric, reference), ratios)


def judged(run: Run, trials: Sequence[Trial], metric: Metric, reference: str) -> dict[str, Comparison]:
    """Return the verdict on each other cell by *metric*, with *reference* in place of the run's own."""
    compared = compare_all(run.model_copy(update={"reference": reference}), trials, metric)
    return {one.cell: one for one in compared}


def ranks(run: Run, trials: Sequence[Trial], by_reference: Mapping[str, Judged]) -> dict[str, int]:
    """Return 1 + how many cells are shown to be faster, of each cell that has a right to a rank."""
    ranked = [cell.name for cell in run.cells if cell.twin_of is None and not obstacle(cell.name, trials)]
    return {name: 1 + _faster(by_reference[name]) for name in ranked}


def _faster(judged: Judged) -> int:
    return sum(one.verdict == "faster" for one in judged.values())
