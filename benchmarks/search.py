"""The search for the highest rate that is sustained: geometric up or down, then bisected. Pure.

The next rate follows from those tried before, so that a search which was cut off goes on where it was.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt

from benchmarks.results.capacity import Tried, bracket


@dataclass(frozen=True)
class Rule:
    """Where a search starts, by what factor it goes on, and when it ends."""

    start_per_s: float
    growth: float
    precision: float
    """It ends when the lowest rate missed is at most this (relative) above the highest one sustained."""
    rates_at_most: int


def next_rate(tried: Sequence[Tried], rule: Rule) -> float | None:
    """Return the rate to try after those *tried*; None when the search has ended."""
    low, high = bracket(tried)
    if len(tried) >= rule.rates_at_most:
        return None
    if high is None:
        return rule.start_per_s if low is None else low * rule.growth
    if low is None:
        return high / rule.growth
    return sqrt(low * high) if high > low * (1 + rule.precision) else None


def search(is_sustained: Callable[[float], bool], rule: Rule) -> list[Tried]:
    """Return every rate that was tried, and whether *is_sustained* said that it holds."""
    tried: list[Tried] = []
    while (rate := next_rate(tried, rule)) is not None:
        tried.append(Tried(rate, is_sustained(rate)))
    return tried
