"""Comparison of two versions of this code within one run: each cell in both, paired by block.

For a cell and a metric, d_b = ln(this version / other version) in block b. The interval of the mean of d is
the wider of two t intervals, both at the confidence 1 - 0.05 / (pairs x metrics) (Bonferroni), so that all of
them hold together with 95 %:

* own: from the standard deviation of d;
* pooled: from the residual of the whole table (cell + block on the logs). With three blocks the standard
  deviation of d is mostly chance: where noise has two modes, three times the same would look certain.

Every verdict follows from its interval, so no two of them contradict each other. Simulated error rates stand
in docs/methodology.md.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from benchmarks.results.judge.blocks import control_interval, mean_over_blocks, obstacle, valid_blocks
from benchmarks.results.judge.metrics import METRICS, P50, P99, Metric, no_p99_reason
from benchmarks.results.judge.ranks import fit
from benchmarks.results.judge.statistics import RatioInterval, log_ratios, t_quantile
from benchmarks.results.store.schema import Against, Cell, Run, Verdict
from benchmarks.results.store.trial_schema import Trial

ALPHA = 0.05
BLOCKS_AT_LEAST = 3
"""Blocks that both versions share, below which nothing is judged."""

Values = dict[int, float]
"""Block -> value of one cell in it."""


@dataclass(frozen=True)
class VersionChange:
    """One metric of one cell: the working tree against the other version."""

    cell: str
    other: str
    """The same cell of the other version."""
    metric: Metric
    blocks: int
    """Blocks in which both have a value."""
    value: float | None
    """Geometric mean over the blocks of the working tree."""
    other_value: float | None
    interval: RatioInterval | None
    """Working tree / other version; None where too few blocks have both."""
    verdict: Verdict
    reason: str
    is_loss: bool = False
    """Whether the whole interval is worse than the smallest difference that matters."""


@dataclass(frozen=True)
class VersionComparison:
    """Every change of a run of two versions."""

    against: Against
    smallest_difference: float
    changes: Sequence[VersionChange]

    def of(self, verdict: Verdict) -> list[VersionChange]:
        """Return the changes with *verdict*."""
        return [one for one in self.changes if one.verdict == verdict]

    @cached_property
    def has_failed(self) -> bool:
        """Whether something is worse by more than the smallest difference, or could not be compared."""
        return any(one.is_loss or one.verdict == "invalid" for one in self.changes)


@dataclass(frozen=True)
class MetricNoise:
    """The noise of one metric in a run, and the confidence at which its pairs are judged."""

    residual_sd: float
    freedom: int
    floor_log: float
    """Difference within the A/A pair; 0 without one."""
    confidence: float
    smallest_difference: float


def version_pairs(run: Run) -> list[tuple[Cell, Cell]]:
    """Return each cell of the working tree with the same cell of the other version."""

    def alike(ours: Cell, theirs: Cell) -> bool:
        return theirs.version is not None and ours == theirs.model_copy(
            update={"version": None, "name": ours.name}
        )

    ours = [cell for cell in run.cells if cell.version is None and cell.twin_of is None]
    return [(cell, other) for cell in ours for other in run.cells if alike(cell, other)]


def compare_versions(run: Run, trials: Sequence[Trial]) -> VersionComparison | None:
    """Return the comparison of the two versions of *run*; None where it has one only."""
    if run.against is None:
        return None
    pairs = version_pairs(run)
    confidence = 1 - ALPHA / max(1, len(pairs) * len(METRICS))
    noises = {metric.name: metric_noise(run, trials, metric, confidence) for metric in METRICS}
    changes = [
        version_change(cell.name, other.name, trials, metric, noises[metric.name])
        for cell, other in pairs
        for metric in METRICS
    ]
    return VersionComparison(run.against, run.smallest_difference, changes)


def metric_noise(run: Run, trials: Sequence[Trial], metric: Metric, confidence: float) -> MetricNoise:
    """Return the residual of all cells of *run* by *metric*, and the difference of its A/A pair."""
    values = [valid_blocks(trials, cell.name, metric.of) for cell in run.cells]
    residual_sd, freedom = residual([one for one in values if one])
    control = control_interval(run, trials, metric)
    floor_log = abs(math.log(control.ratio)) if control else 0.0
    return MetricNoise(residual_sd, freedom, floor_log, confidence, run.smallest_difference)


def residual(values: Sequence[Values]) -> tuple[float, int]:
    """Return standard deviation and degrees of freedom of what cell and block do not explain."""
    if not values:
        return math.inf, 0
    blocks = sorted({block for one in values for block in one})
    logs = [[math.log(one[block]) if block in one else math.nan for block in blocks] for one in values]
    _, residual_sd, freedom = fit(np.array(logs))
    return residual_sd, freedom


def version_change(
    cell: str, other: str, trials: Sequence[Trial], metric: Metric, noise: MetricNoise
) -> VersionChange:
    """Return the change of *cell* from *other* by *metric*."""
    ours, theirs = (valid_blocks(trials, name, metric.of) for name in (cell, other))
    shared = sorted(ours.keys() & theirs.keys())
    values = mean_over_blocks(ours), mean_over_blocks(theirs)
    wrong = obstacle(cell, trials) or obstacle(other, trials)
    if wrong:
        return VersionChange(cell, other, metric, len(shared), *values, None, "invalid", wrong)
    if len(shared) < BLOCKS_AT_LEAST:
        reason = f"both have a value in {counted(len(shared), 'block')}, {BLOCKS_AT_LEAST} are needed"
        reason += lacking(cell, other, trials, metric)
        return VersionChange(cell, other, metric, len(shared), *values, None, "unknown", reason)
    found = interval(log_ratios([ours[one] for one in shared], [theirs[one] for one in shared]), noise)
    verdict, reason = judge_interval(found, metric, noise)
    lost = verdict == "slower" and is_beyond(found, metric, noise.smallest_difference)
    return VersionChange(cell, other, metric, len(shared), *values, found, verdict, reason, lost)


def lacking(cell: str, other: str, trials: Sequence[Trial], metric: Metric) -> str:
    """Return why a valid trial of either has no response time, to be appended; nothing for other metrics."""
    if metric not in (P50, P99):
        return ""
    without = [one for one in trials if one.cell in (cell, other) and one.valid and metric.of(one) is None]
    reasons = [f" ({reason})" for one in without if (reason := no_p99_reason(one))]
    return reasons[0] if reasons else ""


def interval(ratios_log: Sequence[float], noise: MetricNoise) -> RatioInterval:
    """Return the mean of *ratios_log* as a ratio, with its interval at the confidence of *noise*."""
    blocks, mean = len(ratios_log), float(np.mean(ratios_log))
    probability = (1 + noise.confidence) / 2
    own = t_quantile(probability, blocks - 1) * float(np.std(ratios_log, ddof=1))
    pooled = t_quantile(probability, noise.freedom) * math.sqrt(2) * noise.residual_sd
    margin = max(own, pooled) / math.sqrt(blocks)
    return RatioInterval(math.exp(mean), math.exp(mean - margin), math.exp(mean + margin))


def judge_interval(found: RatioInterval, metric: Metric, noise: MetricNoise) -> tuple[Verdict, str]:
    """Return the verdict that *found* carries, and why."""
    limit = math.log1p(noise.smallest_difference)
    if -limit < math.log(found.low) and math.log(found.high) < limit:
        return "tie", f"the interval lies within ±{noise.smallest_difference:.0%}, the least that matters"
    if found.low <= 1 <= found.high:
        return "unknown", "too noisy a machine, or too few blocks"
    if abs(math.log(found.ratio)) <= noise.floor_log:
        return "unknown", f"the A/A pair differs by {math.expm1(noise.floor_log):.1%} itself"
    word: Verdict = "faster" if (found.ratio > 1) is metric.higher_is_better else "slower"
    return word, "the interval does not hold 1"


def is_beyond(found: RatioInterval, metric: Metric, smallest_difference: float) -> bool:
    """Return whether all of *found* is worse than the smallest difference that matters."""
    if metric.higher_is_better:
        return found.high < 1 / (1 + smallest_difference)
    return found.low > 1 + smallest_difference


def counted(number: int, noun: str) -> str:
    """Return *number* and *noun*, which takes an s unless there is one of it."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def change_words(change: VersionChange) -> str:
    """Return the verdict on *change* with its ratio and interval, or with its reason where it has none."""
    found = change.interval
    if found is None:
        return f"{change.verdict}: {change.reason}"
    figures = f"{found.ratio:.2f} times, 95 % interval {found.low:.2f} to {found.high:.2f}"
    doubt = f"; {change.reason}" if change.verdict == "unknown" else ""
    return f"{change.verdict}: {figures}{doubt}"


def version_headline(comparison: VersionComparison, name: str) -> str:
    """Return the comparison with the version called *name* in one sentence."""
    counts = {word: comparison.of(word) for word in ("invalid", "slower", "faster", "tie")}
    if counts["invalid"]:
        first = counts["invalid"][0]
        return f"No verdict against {name}: {first.cell} or {first.other}: {first.reason}."
    parts = [f"{word} {example(counts[word])}" for word in ("slower", "faster") if counts[word]]
    if parts:
        sentence = " and ".join(parts)
        return f"{sentence[0].upper()}{sentence[1:]}, against {name}."
    total, equal = len(comparison.changes), len(counts["tie"])
    within = f"within ±{comparison.smallest_difference:.0%}"
    if equal == total:
        return f"No difference from {name} that matters: all {counted(total, 'figure')} {within}."
    return (
        f"No difference from {name} is shown: {equal} of {counted(total, 'figure')} {within}, the rest open."
    )


def example(changes: Sequence[VersionChange]) -> str:
    """Return the first of *changes* in words, and how many others there are."""
    first, others = changes[0], len(changes) - 1
    words = change_words(first).partition(": ")[2]
    more = f", and in {counted(others, 'other figure')}" if others else ""
    return f"in {first.metric.name} of {first.cell} ({words}){more}"


def version_lines(comparison: VersionComparison, name: str) -> Iterator[str]:
    """Yield the headline, then a line per cell and metric."""
    yield version_headline(comparison, name)
    cells = dict.fromkeys(change.cell for change in comparison.changes)
    for cell in cells:
        yield f"{cell}, against {name}:"
        for change in comparison.changes:
            if change.cell == cell:
                yield f"  {change.metric.name:<24}  {change_words(change)}"
