"""Changes between two runs: their blocks are not paired, so the intervals are Welch's."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.results.judge.blocks import valid_blocks
from benchmarks.results.judge.metrics import THROUGHPUT
from benchmarks.results.judge.statistics import RatioInterval, welch_interval
from benchmarks.results.judge.verdicts import ALPHA, span_words, within
from benchmarks.results.store.schema import Run, Verdict
from benchmarks.results.store.trial_schema import Trial


@dataclass(frozen=True)
class Change:
    """One cell of the later run against the same cell of the earlier one, by throughput."""

    cell: str
    interval: RatioInterval | None
    """At a confidence of 1 - 0.05 / (number of cells), so that all intervals hold together (Bonferroni)."""
    verdict: Verdict
    reason: str


def changes(old: Run, old_trials: Sequence[Trial], new: Run, new_trials: Sequence[Trial]) -> list[Change]:
    """Return the change of each cell that both runs have with equal settings."""
    before = {cell.name: cell for cell in old.cells}
    shared = [cell for cell in new.cells if cell == before.get(cell.name) and cell.twin_of is None]
    margin, confidence = new.smallest_difference, 1 - ALPHA / max(1, len(shared))
    return [
        change(
            cell.name,
            list(valid_blocks(old_trials, cell.name, THROUGHPUT.of).values()),
            list(valid_blocks(new_trials, cell.name, THROUGHPUT.of).values()),
            confidence,
            margin,
        )
        for cell in shared
    ]


def change(
    cell: str, before: Sequence[float], after: Sequence[float], confidence: float, smallest_difference: float
) -> Change:
    """Return the change of one cell from its throughputs by block *before* and *after*."""
    if not before or not after:
        return Change(cell, None, "invalid", f"no valid trial in the {'second' if before else 'first'} run")
    interval = welch_interval(after, before, confidence)
    span = f"{confidence:.1%} interval {span_words(interval)}"
    if within(interval, smallest_difference):
        return Change(cell, interval, "tie", f"{span} lies within ±{smallest_difference:.0%}")
    if interval.low <= 1 <= interval.high:
        return Change(cell, interval, "unknown", f"{span} holds no change")
    return Change(cell, interval, "faster" if interval.ratio > 1 else "slower", span)
