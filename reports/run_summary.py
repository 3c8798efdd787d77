"""The numbers of the report: each cell's values, its comparison with any reference, its rank.

Sources are `run.json`, `trials.jsonl` and `probes.jsonl`. Those of the samples are in `sample_summaries`.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.results.judge.analysis import Analysis, CellFigures, Comparison, analyse, compare_all
from benchmarks.results.judge.blocks import obstacle, valid_blocks
from benchmarks.results.judge.capacity import CellCapacity, Point, ledger_trials
from benchmarks.results.judge.metrics import COMPONENTS, METRICS, Metric
from benchmarks.results.judge.statistics import RatioInterval, log_ratios, t_interval
from benchmarks.results.store import files
from benchmarks.results.store.schema import Cell, Run
from benchmarks.results.store.trial_schema import Probe, Trial

BlockValues = Mapping[int, float]
"""Block -> a cell's value in it."""

BlocksByMetric = Mapping[str, Mapping[str, BlockValues]]
"""Name of the metric -> name of the cell -> its values by block."""


@dataclass(frozen=True)
class Interval:
    """An estimate and its 95 % confidence interval; *low* and *high* are None for a single block."""

    estimate: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class ReferenceComparisons:
    """Every cell compared with one *reference*."""

    reference: str
    judged: Mapping[str, Comparison]
    """Name of a cell -> its comparison by the metric of the verdicts."""
    ratios: Mapping[str, Mapping[str, Interval | None]]
    """Name of the metric -> name of the cell -> its ratio to the reference."""

    def word(self, cell: str) -> str:
        """Return the verdict on *cell* as one word."""
        if cell == self.reference:
            return "reference"
        return self.judged[cell].verdict if cell in self.judged else "A/A control"

    def reason(self, cell: str) -> str:
        """Return the reason for the verdict on *cell*."""
        if cell == self.reference:
            return "the others are compared with it"
        if cell in self.judged:
            return self.judged[cell].reason
        return "a second entry of another cell that measures the noise"


@dataclass(frozen=True)
class LedgerSummary:
    """Whether the credits of a cell's users agree with the answered requests, over all its trials."""

    word: str
    updates: int
    """Updates that were checked."""


@dataclass(frozen=True)
class CellRow:
    """One cell's row of the decision table, in numbers."""

    cell: Cell
    rank: int | None
    """1 + the number of cells shown to be faster; None for a cell that cannot be ranked."""
    shared_rank: bool
    values: Mapping[str, Interval | None]
    """Name of the metric -> geometric mean over the valid blocks."""
    memory_mib: float | None
    capacity: CellCapacity | None
    """None where the run has no capacity search."""
    waiting: int | None
    """Number of requests that can wait for their reply at the same time."""
    ledger: LedgerSummary
    blocks: int
    """Number of valid blocks."""

    @property
    def common_point(self) -> Point | None:
        """The response times at the rate that all cells share, where they were measured."""
        points = self.capacity.points if self.capacity else []
        return next((point for point in points if point.fraction is None), None)


@dataclass(frozen=True)
class RunSummary:
    """The numbers of the report that need no samples."""

    run: Run
    trials: Sequence[Trial]
    probes: Sequence[Probe]
    """Of the capacity search; empty without one."""
    analysis: Analysis
    metric: Metric
    """The metric of the verdicts."""
    blocks: BlocksByMetric
    references: Mapping[str, ReferenceComparisons]
    ranks: Mapping[str, int]
    rows: Sequence[CellRow]

    @property
    def metrics(self) -> list[Metric]:
        """The metrics for which at least one cell has a value."""
        return [metric for metric in METRICS if metric.name in self.blocks]

    @property
    def invalid(self) -> list[Trial]:
        """The invalid trials."""
        return [trial for trial in self.trials if not trial.valid]

    @property
    def reference(self) -> ReferenceComparisons:
        """The comparisons with the run's own reference."""
        return self.references[self.run.reference]

    def series(self, cell: str) -> int:
        """Return the position of *cell* in the run, which selects its colour in every chart."""
        return [row.cell.name for row in self.rows].index(cell)


def read_summary(folder: Path) -> RunSummary:
    """Read the run stored in *folder*; raise `UnreadableError` where it cannot be read."""
    run = files.read_run(folder)
    if run.reference not in {cell.name for cell in run.cells}:
        file = folder / files.RUN_FILE
        raise files.UnreadableError(
            f"{file}: the reference {run.reference!r} is no cell of the run; start a new run"
        )
    return summarise(run, files.read_trials(folder), files.read_probes(folder))


def summarise(run: Run, trials: Sequence[Trial], probes: Sequence[Probe] = ()) -> RunSummary:
    """Return the numbers of *run*, derived from its *trials* and the *probes* of its capacity search."""
    analysis = analyse(run, trials, probes)
    trials = [*trials, *ledger_trials(probes)]
    metric = next(metric for metric in METRICS if metric.name == analysis.metric)
    blocks = blocks_by_metric(run.cells, trials)
    references = {cell.name: compare_with(cell.name, run, trials, metric, blocks) for cell in run.cells}
    ranked = ranks(run, trials, {name: one.judged for name, one in references.items()})
    rows = [cell_row(cell, run, trials, analysis, blocks, ranked) for cell in run.cells]
    return RunSummary(run, trials, probes, analysis, metric, blocks, references, ranked, rows)


def blocks_by_metric(cells: Sequence[Cell], trials: Sequence[Trial]) -> BlocksByMetric:
    """Return every cell's values in its valid blocks, by each metric that at least one cell has."""
    found = {
        metric.name: {cell.name: valid_blocks(trials, cell.name, metric.of) for cell in cells}
        for metric in METRICS
    }
    return {name: by_cell for name, by_cell in found.items() if any(by_cell.values())}


def cell_row(
    cell: Cell,
    run: Run,
    trials: Sequence[Trial],
    analysis: Analysis,
    blocks: BlocksByMetric,
    ranked: Mapping[str, int],
) -> CellRow:
    """Return the row of *cell* in the decision table."""
    return CellRow(
        cell=cell,
        rank=ranked.get(cell.name),
        shared_rank=list(ranked.values()).count(ranked.get(cell.name, 0)) > 1,
        values={name: mean(by_cell[cell.name]) for name, by_cell in blocks.items()},
        memory_mib=service_memory_mib(analysis.cells[cell.name]),
        capacity=analysis.capacity.get(cell.name),
        waiting=run.settings[cell.name].capacity if cell.name in run.settings else None,
        ledger=ledger_summary(trials, cell.name),
        blocks=analysis.cells[cell.name].blocks,
    )


def mean(blocks: BlockValues) -> Interval | None:
    """Return the geometric mean over *blocks* with its 95 % t interval; None without a block."""
    return _interval(t_interval([math.log(value) for value in blocks.values()])) if blocks else None


def ratio(blocks: BlockValues, reference: BlockValues) -> Interval | None:
    """Return the ratio of *blocks* to *reference*, paired by block; None where they share no block."""
    shared = sorted(blocks.keys() & reference.keys())
    if not shared:
        return None
    pairs = log_ratios([blocks[block] for block in shared], [reference[block] for block in shared])
    return _interval(t_interval(pairs))


def _interval(found: RatioInterval) -> Interval:
    """Return *found* without the unbounded ends of a single block."""
    if found.low > 0 and math.isfinite(found.high):
        return Interval(found.ratio, found.low, found.high)
    return Interval(found.ratio)


def compare_with(
    reference: str, run: Run, trials: Sequence[Trial], metric: Metric, blocks: BlocksByMetric
) -> ReferenceComparisons:
    """Return the comparisons with *reference* instead of the run's own."""
    ratios = {
        name: {cell: ratio(values, by_cell[reference]) for cell, values in by_cell.items()}
        for name, by_cell in blocks.items()
    }
    return ReferenceComparisons(reference, judge_against(reference, run, trials, metric), ratios)


def judge_against(reference: str, run: Run, trials: Sequence[Trial], metric: Metric) -> dict[str, Comparison]:
    """Return the verdict on each other cell by *metric*, with *reference* instead of the run's own."""
    compared = compare_all(run.model_copy(update={"reference": reference}), trials, metric)
    return {one.cell: one for one in compared}


def ranks(
    run: Run, trials: Sequence[Trial], judged: Mapping[str, Mapping[str, Comparison]]
) -> dict[str, int]:
    """Return 1 + the number of cells shown to be faster, for each cell that can be ranked.

    *judged* has the comparisons with each cell as the reference.
    """
    ranked = [cell.name for cell in run.cells if cell.twin_of is None and not obstacle(cell.name, trials)]
    return {name: 1 + sum(one.verdict == "faster" for one in judged[name].values()) for name in ranked}


def service_memory_mib(figures: CellFigures) -> float | None:
    """Return the sum of the peak resident memory of the service's components, without the load generator."""
    parts = [value for name, value in figures.rss_peak_mib.items() if name in COMPONENTS]
    return sum(parts) if parts else None


def ledger_summary(trials: Sequence[Trial], cell: str) -> LedgerSummary:
    """Return the worst verdict of the ledgers of *cell*, in words."""
    reports = [trial.ledger for trial in trials if trial.cell == cell and trial.ledger]
    found = {report.verdict for report in reports}
    updates = sum(report.updates for report in reports)
    words = (("invalid", "does not balance"), ("unknown", "undecided"), ("valid", "exact"))
    return LedgerSummary(next((word for verdict, word in words if verdict in found), "not checked"), updates)
