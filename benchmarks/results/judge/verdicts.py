"""Verdicts: a word and its reason for a cell against any other, from the one ranking of a metric.

*faster* and *slower* are what the ranking shows. *tie* needs an interval within the smallest difference that
matters. The rest is *unknown*; a cell that can have no rank is *invalid*, and no part of the ranking.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.results.judge.blocks import blocks_made, control_interval, family
from benchmarks.results.judge.metrics import Metric
from benchmarks.results.judge.ranks import LEVEL, Ranking, RankInterval, rank_cells, tied
from benchmarks.results.judge.sequential import BLOCKS_SEARCHED, blocks_to_decide, look_level
from benchmarks.results.judge.statistics import RatioInterval
from benchmarks.results.store.schema import Run, Verdict
from benchmarks.results.store.trial_schema import Trial

ALPHA = 0.05

FACTOR = 3
"""A difference of three times or more is printed as a factor."""


@dataclass(frozen=True)
class Judgement:
    """A verdict and its reason."""

    verdict: Verdict
    reason: str


def noise_floor(control: RatioInterval | None) -> float | None:
    """Return the relative difference within the A/A pair; None without one."""
    return None if control is None else math.exp(abs(math.log(control.ratio))) - 1


def rank_by(run: Run, trials: Sequence[Trial], metric: Metric) -> Ranking:
    """Rank all cells of *run* by *metric*: every pair in one family, the A/A twin left out."""
    return rank_cells(
        family(run, trials, metric),
        higher_is_better=metric.higher_is_better,
        level=judging_level(run, trials),
        floor=noise_floor(control_interval(run, trials, metric)) or 0.0,
        smallest_difference=run.smallest_difference,
    )


def judging_level(run: Run, trials: Sequence[Trial]) -> float:
    """Return the level at which *run* is judged; one that ends when it is decided has a level per look."""
    if run.budget_s is None:
        return LEVEL
    last = run.ended is not None and run.ended != "decided"
    return look_level(blocks_made(run, trials), run.blocks, last=last)


def judge(ranking: Ranking, cell: str, reference: str, smallest_difference: float) -> Judgement:
    """Return the verdict on *cell* against *reference*; both are in *ranking*."""
    blocks = len(ranking.gaps_log(cell, reference))
    if blocks < 2:
        plural = "" if blocks == 1 else "s"
        return Judgement("unknown", f"{blocks} block{plural} with both cells; at least 2 are needed")
    interval = f"adjusted 95 % interval {span_words(ranking.interval(cell, reference))}"
    if ranking.is_better(cell, reference):
        return Judgement("faster", interval)
    if ranking.is_better(reference, cell):
        return Judgement("slower", interval)
    if ranking.is_tie(cell, reference, smallest_difference):
        return Judgement("tie", f"{interval} lies within ±{smallest_difference:.0%}, the least that matters")
    return Judgement("unknown", f"{interval}; {undecided(ranking, cell, reference, smallest_difference)}")


def undecided(ranking: Ranking, cell: str, reference: str, smallest_difference: float) -> str:
    """Return why nothing is shown of the pair, and how many blocks would decide it, in words."""
    i, j = ranking.cells.index(cell), ranking.cells.index(reference)
    if abs(ranking.differences_log[i, j]) <= ranking.margins_log[i, j]:
        return f"at this spread, {more_blocks(ranking, cell, reference, smallest_difference)}"
    if abs(ranking.differences_log[i, j]) <= math.log1p(ranking.floor):
        return f"the A/A pair differs by {ranking.floor:.1%} itself, and this by no more"
    ahead, behind = contradicting(ranking, min(i, j), max(i, j), smallest_difference)
    needed = more_blocks(ranking, ahead, behind, smallest_difference)
    return f"but {ahead} and {behind}, which are further apart, are not shown to differ, for which {needed}"


def contradicting(ranking: Ranking, ahead: int, behind: int, smallest_difference: float) -> tuple[str, str]:
    """Return the nearest pair around two places of the order that is not shown to differ."""
    gaps, margins = np.abs(ranking.differences_log), ranking.margins_log
    shown = (gaps > np.maximum(margins, math.log1p(ranking.floor))) & ~tied(
        gaps, margins, smallest_difference
    )
    pairs = [(a, b) for a in range(ahead + 1) for b in range(behind, len(ranking.cells)) if not shown[a, b]]
    a, b = min(pairs, key=lambda one: ahead - one[0] + one[1] - behind, default=(ahead, behind))
    return ranking.cells[a], ranking.cells[b]


def more_blocks(ranking: Ranking, cell: str, reference: str, smallest_difference: float) -> str:
    """Return how many blocks would decide the pair at the spread observed, in words."""
    gaps = ranking.gaps_log(cell, reference)
    if len(gaps) < 2:
        return "at least 2 blocks with both cells are needed"
    needed = blocks_to_decide(
        len(ranking.cells),
        float(gaps.mean()),
        ranking.residual_sd,
        float(gaps.std(ddof=1)),
        smallest_difference,
    )
    if needed is None:
        return f"a decision would take more than {BLOCKS_SEARCHED} blocks"
    return f"about {max(needed, len(gaps) + 1)} blocks would decide"


def rank_words(rank: RankInterval | None) -> str:
    """Return the ranks that a cell can have, such as `2 to 4`, or a dash for a cell without."""
    if rank is None:
        return "–"
    return str(rank.first) if rank.first == rank.last else f"{rank.first} to {rank.last}"


def within(interval: RatioInterval, smallest_difference: float) -> bool:
    """Return whether all of *interval* is closer to 1 than the smallest difference that matters."""
    margin = math.log1p(smallest_difference)
    return interval.low > 0 and -margin < math.log(interval.low) and math.log(interval.high) < margin


def span_words(interval: RatioInterval) -> str:
    """Return the ends of *interval* as signed percentages, or as factors where those read better."""
    near = interval.low > 1 / FACTOR and interval.high < FACTOR
    ends = [f"{end - 1:+.1%}" if near else f"{end:.3g}×" for end in (interval.low, interval.high)]
    return " to ".join(ends)
