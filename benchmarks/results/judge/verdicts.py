"""Verdicts: a word and its reason, from paired log-ratios.

*faster* and *slower* need the t test at 5 % after Holm over all comparisons, the sign-flip test likewise
where the blocks suffice for it at all, and an estimate beyond the A/A floor. *tie* needs an interval within
the smallest difference that matters. The rest is *unknown*; a cell that can have no rank is *invalid*.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.results.judge.statistics import (
    RatioInterval,
    blocks_needed,
    holm,
    sign_flip_blocks,
    sign_flip_tests,
    t_interval,
    t_test,
)
from benchmarks.results.store.schema import Verdict

ALPHA = 0.05

FACTOR = 3
"""A difference of three times or more is printed as a factor."""


@dataclass(frozen=True)
class Pair:
    """The log-ratios of one comparison, and *obstacle*: why there can be no rank, or None."""

    log_ratios: list[float]
    obstacle: str | None = None


@dataclass(frozen=True)
class Evidence:
    """Input of a verdict; the p values are adjusted over all comparisons."""

    interval: RatioInterval
    blocks: int
    comparisons: int
    p_t: float
    p_sign_flip: float

    @property
    def sign_flip_can_tell(self) -> bool:
        """Whether the blocks suffice for the sign-flip test to reach the level."""
        return self.blocks >= sign_flip_blocks(self.comparisons, ALPHA)


@dataclass(frozen=True)
class MetricRule:
    """How a metric is judged; *floor* is the relative difference of the A/A pair, None without one."""

    higher_is_better: bool
    smallest_difference: float
    floor: float | None


@dataclass(frozen=True)
class Judgement:
    """A verdict, its reason, and the p values (raw, and the t test's after Holm)."""

    verdict: Verdict
    reason: str
    p_t: float | None = None
    p_sign_flip: float | None = None
    p_holm: float | None = None


def noise_floor(control: RatioInterval | None) -> float | None:
    """Return the relative difference within the A/A pair; None without one."""
    return None if control is None else math.exp(abs(math.log(control.ratio))) - 1


def judge_all(pairs: Sequence[Pair], rule: MetricRule) -> list[Judgement]:
    """Judge all comparisons of one metric together, so that Holm knows how many there are."""
    ranked = [index for index, pair in enumerate(pairs) if pair.obstacle is None and len(pair.log_ratios) > 1]
    raw_t = [t_test(pairs[index].log_ratios) for index in ranked]
    raw_flip = sign_flip_tests([pairs[index].log_ratios for index in ranked])
    judged = dict(enumerate(map(_unranked, pairs)))
    for place, (index, p_t, p_flip) in enumerate(zip(ranked, holm(raw_t), holm(raw_flip), strict=True)):
        ratios = pairs[index].log_ratios
        evidence = Evidence(t_interval(ratios), len(ratios), len(ranked), p_t, p_flip)
        verdict, reason = judge(evidence, rule)
        judged[index] = Judgement(verdict, reason, raw_t[place], raw_flip[place], p_t)
    return [judged[index] for index in range(len(pairs))]


def judge(evidence: Evidence, rule: MetricRule) -> tuple[Verdict, str]:
    """Return the verdict on *evidence* and its reason."""
    interval = evidence.interval
    span = span_words(interval)
    if within(interval, rule.smallest_difference):
        return (
            "tie",
            f"95 % interval {span} lies within ±{rule.smallest_difference:.0%}, the least that matters",
        )
    if evidence.p_t > ALPHA:
        return "unknown", f"95 % interval {span}; p = {evidence.p_t:.2g} by t after Holm; {more(evidence)}"
    if evidence.sign_flip_can_tell and evidence.p_sign_flip > ALPHA:
        return "unknown", f"the sign-flip test does not agree: p = {evidence.p_sign_flip:.2g} after Holm"
    if rule.floor is not None and abs(math.log(interval.ratio)) <= math.log1p(rule.floor):
        return "unknown", f"the A/A pair differs by {rule.floor:.1%} itself, and this by no more"
    word: Verdict = "faster" if (interval.ratio > 1) is rule.higher_is_better else "slower"
    return word, f"95 % interval {span}; p = {evidence.p_t:.2g} by t after Holm; {sign_flip_words(evidence)}"


def within(interval: RatioInterval, smallest_difference: float) -> bool:
    """Return whether all of *interval* is closer to 1 than the smallest difference that matters."""
    margin = math.log1p(smallest_difference)
    return interval.low > 0 and -margin < math.log(interval.low) and math.log(interval.high) < margin


def more(evidence: Evidence) -> str:
    """Return what a decision would need, in words."""
    if not evidence.sign_flip_can_tell:
        return unreachable(evidence)
    return f"{blocks_needed(evidence.comparisons)} blocks would find 10 % at 5 % noise"


def sign_flip_words(evidence: Evidence) -> str:
    """Return the result of the sign-flip test, in words."""
    if not evidence.sign_flip_can_tell:
        return f"by the t test alone, since {unreachable(evidence)}"
    return f"p = {evidence.p_sign_flip:.2g} by sign flips"


def unreachable(evidence: Evidence) -> str:
    """Return that the blocks do not suffice for the sign-flip test, in words."""
    return (
        f"{evidence.blocks} blocks cannot reach p < {ALPHA} by sign flips "
        f"({sign_flip_blocks(evidence.comparisons, ALPHA)} would)"
    )


def resolution(blocks: int, comparisons: int) -> str:
    """Return what *blocks* blocks and *comparisons* comparisons can resolve, in words."""
    flips, needed = sign_flip_blocks(comparisons, ALPHA), blocks_needed(comparisons)
    if blocks >= needed:
        return f"{blocks} blocks find a difference of 10 % at 5 % noise four times in five or oftener."
    what = "cannot reach p < 0.05 by sign flips at all and " if blocks < flips else ""
    made = "1 comparison" if comparisons == 1 else f"{comparisons} comparisons"
    return (
        f"{blocks} blocks for {made} {what}resolve only large differences by the t test, which takes the "
        f"blocks' log-ratios for normal; {needed} blocks would find 10 % at 5 % noise."
    )


def span_words(interval: RatioInterval) -> str:
    """Return the ends of *interval* as signed percentages, or as factors where those read better."""
    near = interval.low > 1 / FACTOR and interval.high < FACTOR
    ends = [f"{end - 1:+.1%}" if near else f"{end:.3g}×" for end in (interval.low, interval.high)]
    return " to ".join(ends)


def _unranked(pair: Pair) -> Judgement:
    if pair.obstacle is not None:
        return Judgement("invalid", pair.obstacle)
    count = len(pair.log_ratios)
    return Judgement(
        "unknown", f"{count} block{'' if count == 1 else 's'} with both cells; at least 2 are needed"
    )
