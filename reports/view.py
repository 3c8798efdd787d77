"""From a stored run to what the page says: every number and every word of it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.results import store
from benchmarks.results.analysis import Analysis, CellFigures, Comparison, analyse
from benchmarks.results.schema import Run, Trial
from benchmarks.results.statistics import t_interval
from reports import sentences


@dataclass(frozen=True)
class Row:
    """One cell's line of the decision table, in words and figures."""

    cell: str
    throughput: str
    throughput_interval: str
    ratio: str
    ratio_interval: str
    word: str
    reason: str
    p50: str
    p99: str
    cpu: str
    memory: str
    ledger: str
    blocks: str
    capacity: str


@dataclass(frozen=True)
class Page:
    """All that the page says."""

    run: Run
    analysis: Analysis
    trials: Sequence[Trial]
    verdict: str
    rows: Sequence[Row]
    invalid: Sequence[Trial]


def read(folder: Path) -> Page:
    """Read the run stored in *folder*; raise `store.UnreadableError` where it cannot be."""
    return view(store.read_run(folder), store.read_trials(folder))


def view(run: Run, trials: Sequence[Trial]) -> Page:
    """Derive the page of *run* from its *trials*."""
    analysis = analyse(run, trials)
    best = leader(analysis)
    against_best = compared_with(run, trials, best) if best else []
    return Page(
        run=run,
        analysis=analysis,
        trials=trials,
        verdict=sentences.verdict(run, analysis, against_best, best),
        rows=[row(run, trials, analysis, figures) for figures in analysis.cells.values()],
        invalid=[trial for trial in trials if not trial.valid],
    )


def leader(analysis: Analysis) -> str | None:
    """Return the cell with the highest throughput among those with a valid trial and a balanced ledger."""
    out = {one.cell for one in analysis.comparisons if one.verdict == "invalid"}
    known = [
        (figures.throughput_per_s, name)
        for name, figures in analysis.cells.items()
        if figures.throughput_per_s is not None and name not in out
    ]
    return max(known)[1] if known else None


def compared_with(run: Run, trials: Sequence[Trial], reference: str) -> list[Comparison]:
    """Return every cell's comparison with *reference* instead of the run's own."""
    return analyse(run.model_copy(update={"reference": reference}), trials).comparisons


def row(run: Run, trials: Sequence[Trial], analysis: Analysis, figures: CellFigures) -> Row:
    """Return the table's line for one cell."""
    name = figures.cell.name
    comparison = analysis.verdict(name)
    settings = run.settings.get(name)
    return Row(
        cell=name,
        throughput=sentences.amount(figures.throughput_per_s),
        throughput_interval=block_interval(figures),
        ratio=_ratio(comparison),
        ratio_interval=_ratio_interval(comparison),
        word=comparison.verdict if comparison else "reference",
        reason=comparison.reason if comparison else "the others are compared with it",
        p50=sentences.amount(figures.response_ms_p50),
        p99=sentences.amount(figures.response_ms_p99),
        cpu=sentences.amount(service_cpu(figures)),
        memory=sentences.amount(service_memory(figures)),
        ledger=ledger(trials, name),
        blocks=f"{figures.blocks} of {run.blocks}",
        capacity=str(settings.capacity) if settings else "–",
    )


def block_interval(figures: CellFigures) -> str:
    """Return the 95 % t interval of the blocks' throughput as words, or an empty text."""
    bounds = throughput_bounds(figures)
    return sentences.interval(*bounds) if bounds else ""


def throughput_bounds(figures: CellFigures) -> tuple[float, float] | None:
    """Return the 95 % t interval of the blocks' geometric mean throughput; None below 2 blocks."""
    values = list(figures.throughput_by_block.values())
    if len(values) < 2:
        return None
    found = t_interval([math.log(value) for value in values])
    return found.low, found.high


def service_cpu(figures: CellFigures) -> float | None:
    """Return the CPU ms per request of all parts of the service, the generator left out."""
    parts = [value for name, value in figures.cpu_ms_per_request.items() if name != "generator"]
    return sum(parts) if parts else None


def service_memory(figures: CellFigures) -> float | None:
    """Return the peak resident MiB of all parts of the service, the generator left out."""
    parts = [value for name, value in figures.rss_peak_mib.items() if name != "generator"]
    return sum(parts) if parts else None


def ledger(trials: Sequence[Trial], cell: str) -> str:
    """Return in words the worst verdict of the ledgers of *cell*, and how many updates they checked."""
    reports = [trial.ledger for trial in trials if trial.cell == cell and trial.ledger]
    if not reports:
        return "not checked"
    updates = sum(report.updates for report in reports)
    for verdict, word in (("invalid", "does not balance"), ("unknown", "undecided")):
        if any(report.verdict == verdict for report in reports):
            return f"{word} ({updates:,} updates)"
    return f"exact ({updates:,} updates)"


def _ratio(comparison: Comparison | None) -> str:
    if comparison is None or comparison.interval is None:
        return "1×" if comparison is None else "–"
    return f"{comparison.interval.ratio:.3g}×"


def _ratio_interval(comparison: Comparison | None) -> str:
    if comparison is None or comparison.interval is None or comparison.blocks < 2:
        return ""
    return f"{comparison.interval.low:.3g} to {comparison.interval.high:.3g}"
