"""The numbers of the report: each cell's values, its comparison with any reference, its rank.

Sources are `run.json`, `trials.jsonl` and `probes.jsonl`. Those of the samples are in `sample_summaries`.
"""

import math
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from benchmarks.results.judge.analysis import Analysis, CellFigures, Comparison, analyse, compare_all
from benchmarks.results.judge.blocks import blocks_made, valid_blocks
from benchmarks.results.judge.capacity import CellCapacity, Point, ledger_trials
from benchmarks.results.judge.metrics import (
    COMPONENTS,
    METRICS,
    P50,
    P99,
    RESPONSE_TIMES,
    Metric,
    openly_loaded,
)
from benchmarks.results.judge.ranks import Ranking, RankInterval
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
    """An estimate and its 95 % confidence interval; *low* and *high* are None where it has no bounds."""

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
    rank: RankInterval | None
    """The ranks that the cell can have; None for one that cannot be ranked."""
    values: Mapping[str, Interval | None]
    """Name of the metric -> the estimate by which the cell is ranked."""
    memory_mib: float | None
    capacity: CellCapacity | None
    """None where the run has no capacity search."""
    waiting: int | None
    """Number of requests that can wait for their reply at the same time."""
    failed_fraction: float | None
    """Failed requests of all valid trials by those sent, open loops included."""
    ledger: LedgerSummary
    blocks: int
    """Number of valid blocks."""
    repeats: int
    """Trials that failed their own rules and were made again."""

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
    """By the name of the reference: the run's own, and every cell that has a rank."""
    rows: Sequence[CellRow]
    """The best first."""
    open_cells: Set[str]
    """Cells that have an open loop beside their closed one."""

    @property
    def metrics(self) -> list[Metric]:
        """The metrics for which at least one cell has a value."""
        return [metric for metric in METRICS if metric.name in self.blocks]

    @property
    def blocks_made(self) -> int:
        """The number of blocks that the run has."""
        return blocks_made(self.run, self.trials)

    @property
    def invalid(self) -> list[Trial]:
        """The invalid trials."""
        return [trial for trial in self.trials if not trial.valid]

    @property
    def reference(self) -> ReferenceComparisons:
        """The comparisons with the run's own reference."""
        return self.references[self.run.reference]

    def series(self, cell: str) -> int:
        """Return the row of *cell*, which selects its colour in every chart."""
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
    compared = [run.reference, *(name for name in analysis.ranking.cells if name != run.reference)]
    references = {name: compare_with(name, run, trials, analysis, blocks) for name in compared}
    rows = [cell_row(one.cell, run, trials, analysis, blocks) for one in analysis.cells.values()]
    opened = openly_loaded(trials)
    return RunSummary(run, trials, probes, analysis, metric, blocks, references, rows, opened)


def blocks_by_metric(cells: Sequence[Cell], trials: Sequence[Trial]) -> BlocksByMetric:
    """Return every cell's values in its valid blocks, by each metric that at least one cell has.

    A p99 has its column beside the other response times even where no cell has one: the reason stands there.
    """
    found = {
        metric.name: {cell.name: valid_blocks(trials, cell.name, metric.of) for cell in cells}
        for metric in METRICS
    }
    known = {name for name, by_cell in found.items() if any(by_cell.values())}
    known |= {P99.name} if P50.name in known else set()
    return {name: by_cell for name, by_cell in found.items() if name in known}


def cell_row(
    cell: Cell, run: Run, trials: Sequence[Trial], analysis: Analysis, blocks: BlocksByMetric
) -> CellRow:
    """Return the row of *cell* in the decision table."""
    return CellRow(
        cell=cell,
        rank=analysis.cells[cell.name].rank,
        values={
            name: estimate(cell.name, by_cell[cell.name], analysis.rankings[name])
            for name, by_cell in blocks.items()
        },
        memory_mib=service_memory_mib(analysis.cells[cell.name]),
        capacity=analysis.capacity.get(cell.name),
        waiting=run.settings[cell.name].capacity if cell.name in run.settings else None,
        failed_fraction=analysis.cells[cell.name].failed_fraction,
        ledger=ledger_summary(trials, cell.name),
        blocks=analysis.cells[cell.name].blocks,
        repeats=sum(trial.cell == cell.name and trial.attempt > 1 for trial in trials),
    )


def estimate(cell: str, blocks: BlockValues, ranking: Ranking) -> Interval | None:
    """Return the estimate of *cell*, and the interval of the mean over its *blocks* around it.

    A cell without a rank has the mean itself, as has one that lacks no block.
    """
    found = mean(blocks)
    if found is None or cell not in ranking.cells:
        return found
    moved = ranking.estimate(cell) / found.estimate
    low, high = (None if end is None else end * moved for end in (found.low, found.high))
    return Interval(found.estimate * moved, low, high)


def mean(blocks: BlockValues) -> Interval | None:
    """Return the geometric mean over *blocks* with its 95 % t interval; None without a block."""
    return _interval(t_interval([math.log(value) for value in blocks.values()])) if blocks else None


def paired_ratio(blocks: BlockValues, reference: BlockValues) -> Interval | None:
    """Return the ratio of *blocks* to *reference*, paired by block, with its own t interval; None without."""
    shared = sorted(blocks.keys() & reference.keys())
    if not shared:
        return None
    pairs = log_ratios([blocks[block] for block in shared], [reference[block] for block in shared])
    return _interval(t_interval(pairs))


def _interval(found: RatioInterval) -> Interval:
    """Return *found* without ends that are no bounds, as of a single block."""
    if found.low > 0 and math.isfinite(found.high):
        return Interval(found.ratio, found.low, found.high)
    return Interval(found.ratio)


def compare_with(
    reference: str, run: Run, trials: Sequence[Trial], analysis: Analysis, blocks: BlocksByMetric
) -> ReferenceComparisons:
    """Return the comparisons with *reference* instead of the run's own; the ranking stays the same.

    Response times of an open loop and of a closed one have no ratio.
    """
    opened = openly_loaded(trials)
    metric = next(metric for metric in METRICS if metric.name == analysis.metric)
    referred = run.model_copy(update={"reference": reference})
    compared = compare_all(referred, trials, metric, analysis.ranking)
    ratios = {
        name: {
            cell.name: None
            if name in RESPONSE_TIMES and (cell.name in opened) != (reference in opened)
            else ratio(cell, reference, by_cell, analysis.rankings[name])
            for cell in run.cells
        }
        for name, by_cell in blocks.items()
    }
    return ReferenceComparisons(reference, {one.cell: one for one in compared}, ratios)


def ratio(cell: Cell, reference: str, blocks: Mapping[str, BlockValues], ranking: Ranking) -> Interval | None:
    """Return the ratio of *cell* to *reference* with the interval by which it is judged.

    An A/A twin is not judged; its interval is that of the two cells alone. None where a cell has no rank.
    """
    if cell.twin_of is not None:
        return paired_ratio(blocks[cell.name], blocks[reference])
    if cell.name not in ranking.cells or reference not in ranking.cells:
        return None
    if not len(ranking.gaps_log(cell.name, reference)):
        return None
    return _interval(ranking.interval(cell.name, reference))


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
