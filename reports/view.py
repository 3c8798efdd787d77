"""From a stored run to what the report says: every number and every word of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.results.judge.analysis import Analysis, CellFigures, analyse
from benchmarks.results.judge.capacity import CellCapacity, Point
from benchmarks.results.judge.metrics import COMPONENTS, METRICS, Metric
from benchmarks.results.store import files
from benchmarks.results.store.schema import Cell, Probe, Run, Trial
from reports.charts.values import Interval
from reports.comparisons import (
    BlocksByMetric,
    ComparisonsWith,
    blocks_by_metric,
    compare_with_each,
    mean,
    ranks,
)
from reports.headline import sentence


@dataclass(frozen=True)
class LedgerSummary:
    """Whether the credits of a cell's users are what its answers make them, over all its trials."""

    word: str
    updates: int
    """That it checked."""


@dataclass(frozen=True)
class CellRow:
    """One cell's line of the decision table."""

    cell: Cell
    rank: int | None
    """Cells that are not shown to differ share it; None without a right to one."""
    shared_rank: bool
    values: Mapping[str, Interval | None]
    """Name of the metric -> geometric mean over the valid blocks."""
    memory_mib: float | None
    capacity: CellCapacity | None
    """The highest rate that keeps the objective, where it was sought."""
    waiting: int | None
    """Requests that can wait for their reply at once."""
    ledger: LedgerSummary
    blocks: int
    """Valid ones."""


@dataclass(frozen=True)
class Page:
    """All that the report says, but for what it reads from the samples."""

    run: Run
    trials: Sequence[Trial]
    probes: Sequence[Probe]
    """Of the capacities, where they were sought."""
    analysis: Analysis
    metric: Metric
    """What the verdicts are about."""
    metrics: Sequence[Metric]
    """Those for which any cell has a value: the table's columns."""
    references: Mapping[str, ComparisonsWith]
    rows: Sequence[CellRow]
    verdict: str
    invalid: Sequence[Trial]

    @property
    def reference(self) -> ComparisonsWith:
        """The comparisons with the run's own reference."""
        return self.references[self.run.reference]

    def series(self, cell: str) -> int:
        """Return the place of *cell* in the run, which gives it one colour in all pictures."""
        return [row.cell.name for row in self.rows].index(cell)


def read(folder: Path) -> Page:
    """Read the run stored in *folder*; raise `store.UnreadableError` where it cannot be."""
    run = files.read_run(folder)
    if run.reference not in {cell.name for cell in run.cells}:
        file = folder / files.RUN_FILE
        raise files.UnreadableError(
            f"{file}: the reference {run.reference!r} is no cell of the run; start a new run"
        )
    return view(run, files.read_trials(folder), files.read_probes(folder))


def view(run: Run, trials: Sequence[Trial], probes: Sequence[Probe] = ()) -> Page:
    """Derive the report of *run* from its *trials*, and from the *probes* of its capacities."""
    analysis = analyse(run, trials, probes)
    metric = next(metric for metric in METRICS if metric.name == analysis.metric)
    blocks = blocks_by_metric(run.cells, trials)
    references = compare_with_each(run, trials, metric, blocks)
    ranked = ranks(run, trials, {name: one.judged for name, one in references.items()})
    return Page(
        run=run,
        trials=trials,
        probes=probes,
        analysis=analysis,
        metric=metric,
        metrics=[metric for metric in METRICS if metric.name in blocks],
        references=references,
        rows=table_rows(run, trials, analysis, blocks, ranked),
        verdict=sentence(run, metric, blocks, ranked),
        invalid=[trial for trial in trials if not trial.valid],
    )


def table_rows(
    run: Run,
    trials: Sequence[Trial],
    analysis: Analysis,
    blocks: BlocksByMetric,
    ranked: Mapping[str, int],
) -> list[CellRow]:
    """Return the decision table's lines in the order of the run's cells."""
    taken = list(ranked.values())
    return [
        CellRow(
            cell=cell,
            rank=ranked.get(cell.name),
            shared_rank=taken.count(ranked.get(cell.name, 0)) > 1,
            values={name: mean(by_cell[cell.name]) for name, by_cell in blocks.items()},
            memory_mib=service_memory(analysis.cells[cell.name]),
            capacity=analysis.capacity.get(cell.name),
            waiting=run.settings[cell.name].capacity if cell.name in run.settings else None,
            ledger=ledger(trials, cell.name),
            blocks=analysis.cells[cell.name].blocks,
        )
        for cell in run.cells
    ]


def service_memory(figures: CellFigures) -> float | None:
    """Return the sum of the peak resident MiB of the parts of the service, the generator left out."""
    parts = [value for name, value in figures.rss_peak_mib.items() if name in COMPONENTS]
    return sum(parts) if parts else None


def ledger(trials: Sequence[Trial], cell: str) -> LedgerSummary:
    """Return the worst verdict of the ledgers of *cell* in words."""
    reports = [trial.ledger for trial in trials if trial.cell == cell and trial.ledger]
    found = {report.verdict for report in reports}
    updates = sum(report.updates for report in reports)
    words = (("invalid", "does not balance"), ("unknown", "undecided"), ("valid", "exact"))
    return LedgerSummary(next((word for verdict, word in words if verdict in found), "not checked"), updates)


def common_point(row: CellRow) -> Point | None:
    """Return the response times of a cell at the rate that all cells share, where they were measured."""
    points = row.capacity.points if row.capacity else []
    return next((point for point in points if point.fraction is None), None)
