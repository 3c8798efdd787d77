"""Changes between two stored runs: their blocks are not paired, so the intervals are Welch's.

Blocks of one run share whatever that run met, so they are no replicates of a run: where runs differ by 5 %
for no reason, the intervals state a change in 70 % of equal pairs (simulated). Two versions within one run,
as `judge.version_comparison` compares them, do not have this flaw.

The machine may have been faster in one of the runs. Where both measured its speed, each figure is also
compared as the reference machine would have it, and a verdict needs both comparisons.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from benchmarks.results.judge.blocks import valid_blocks
from benchmarks.results.judge.metrics import METRICS, P50, P99, Metric
from benchmarks.results.judge.speed import at_reference_speed
from benchmarks.results.judge.statistics import RatioInterval, welch_interval
from benchmarks.results.store.schema import Cell, Run, Verdict
from benchmarks.results.store.trial_schema import Trial

ALPHA = 0.05
WARNING = (
    "Blocks of different runs are no replicates: with 5 % of noise between runs, 70 % of equal pairs "
    "are said to be faster or slower. To judge a change of the code, use: make bench AGAINST=COMMIT"
)


@dataclass(frozen=True)
class ComparedRun:
    """A run and its trials."""

    run: Run
    trials: Sequence[Trial]


@dataclass(frozen=True)
class Change:
    """One metric of one cell in the later run against the same in the earlier one."""

    cell: str
    metric: Metric
    interval: RatioInterval | None
    """Later / earlier, at a confidence at which all intervals hold together with 95 % (Bonferroni)."""
    at_reference_speed: RatioInterval | None
    """The same with each trial's figure at the speed of the reference machine; None where it is not known."""
    verdict: Verdict
    reason: str = ""


@dataclass(frozen=True)
class ComparisonRule:
    """How each metric is judged, whose values come from *before* and *after*."""

    before: ComparedRun
    after: ComparedRun
    confidence: float
    smallest_difference: float


def shared_cells(old: Run, new: Run) -> list[Cell]:
    """Return the cells that both runs have with equal settings, without A/A twins."""
    before = {cell.name: cell for cell in old.cells}
    return [cell for cell in new.cells if cell == before.get(cell.name) and cell.twin_of is None]


def unbalanced(stored: ComparedRun, cells: Sequence[Cell]) -> Trial | None:
    """Return a trial of *cells* whose ledger does not balance; None where there is none."""
    names = {cell.name for cell in cells}
    for trial in stored.trials:
        ledgers = [trial.ledger, trial.open.ledger if trial.open else None]
        if trial.cell in names and any(one and one.verdict == "invalid" for one in ledgers):
            return trial
    return None


def changes(before: ComparedRun, after: ComparedRun) -> list[Change]:
    """Return the change of each metric of each cell that both runs have."""
    cells = shared_cells(before.run, after.run)
    confidence = 1 - ALPHA / max(1, len(cells) * len(METRICS))
    rule = ComparisonRule(before, after, confidence, after.run.smallest_difference)
    return [change(cell.name, metric, rule) for cell in cells for metric in METRICS]


def change(cell: str, metric: Metric, rule: ComparisonRule) -> Change:
    """Return the change of *cell* by *metric*."""
    pair = (rule.before, rule.after)
    for stored, which in zip(pair, ("first", "second"), strict=True):
        if not any(trial.valid for trial in stored.trials if trial.cell == cell):
            return Change(cell, metric, None, None, "invalid", f"no valid trial in the {which} run")
    rates = [stored.run.open_rate_per_s for stored in pair]
    if metric in (P50, P99) and rates[0] != rates[1]:
        return Change(cell, metric, None, None, "unknown", f"open loops at {rates[0]} and {rates[1]} per s")
    plain = [list(valid_blocks(one.trials, cell, metric.of).values()) for one in pair]
    if not all(plain):
        return Change(cell, metric, None, None, "unknown", "without a value in at least one of the runs")
    found = welch_interval(plain[1], plain[0], rule.confidence)
    measure = partial(at_reference_speed, metric)
    scaled = [list(valid_blocks(one.trials, cell, measure).values()) for one in pair]
    by_speed = welch_interval(scaled[1], scaled[0], rule.confidence) if all(scaled) else None
    return Change(cell, metric, found, by_speed, *judge(found, by_speed, metric, rule.smallest_difference))


def judge(
    found: RatioInterval, by_speed: RatioInterval | None, metric: Metric, smallest_difference: float
) -> tuple[Verdict, str]:
    """Return the verdict on which both intervals agree, and a reason where it needs one."""
    words = [word(one, metric, smallest_difference) for one in (found, by_speed) if one is not None]
    if len(set(words)) == 1:
        return words[0], "" if by_speed else "the machine's speed is not known"
    return "unknown", f"{words[0]}, but {words[1]} at the speed of the reference machine"


def word(found: RatioInterval, metric: Metric, smallest_difference: float) -> Verdict:
    """Return the verdict that *found* carries by itself."""
    limit = math.log1p(smallest_difference)
    if found.low > 0 and -limit < math.log(found.low) and math.log(found.high) < limit:
        return "tie"
    if found.low <= 1 <= found.high:
        return "unknown"
    return "faster" if (found.ratio > 1) is metric.higher_is_better else "slower"
