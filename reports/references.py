"""Every cell compared with each possible reference, so that a reader can switch it; and the ranks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.results.analysis import Comparison, compare_all
from benchmarks.results.blocks import obstacle
from benchmarks.results.metrics import Metric
from benchmarks.results.schema import Run, Trial
from reports.estimates import BlocksByMetric, ratio
from reports.figures.values import Interval

Ratios = Mapping[str, Mapping[str, Interval | None]]
"""Name of the metric -> name of the cell -> its ratio to the reference."""

Judged = Mapping[str, Comparison]
"""Name of a cell -> how it compares with the reference."""


@dataclass(frozen=True)
class Against:
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


def against_each(
    run: Run, trials: Sequence[Trial], metric: Metric, blocks: BlocksByMetric
) -> dict[str, Against]:
    """Return the comparisons with each cell of *run* in the reference's place."""
    return {cell.name: against(run, trials, metric, blocks, cell.name) for cell in run.cells}


def against(
    run: Run, trials: Sequence[Trial], metric: Metric, blocks: BlocksByMetric, reference: str
) -> Against:
    """Return the comparisons with *reference* in place of the run's own."""
    ratios = {
        name: {cell: ratio(values, by_cell[reference]) for cell, values in by_cell.items()}
        for name, by_cell in blocks.items()
    }
    return Against(reference, judged(run, trials, metric, reference), ratios)


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
