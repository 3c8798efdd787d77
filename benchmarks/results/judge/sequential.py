"""When a run that adds blocks until it is decided may stop, and how many blocks a decision takes.

After each block from `FIRST_LOOK` on the comparisons are judged once more. Each look has a level of its own;
the levels add up to that of a single look, so the chance of a false statement over all looks stays what a
single look's is. The level is spent as the square of the look, little early and most at the end (in the
spirit of Lan and DeMets 1983, bounded by Bonferroni); the last look has all that is left. The error rates are
simulated in docs/methodology.md.
"""

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
from scipy import special

from benchmarks.results.judge.ranks import LEVEL, PRIOR
from benchmarks.results.judge.statistics import studentized_quantile

FIRST_LOOK = 3
"""Blocks before which nothing is judged: two leave the own margin of a pair one degree of freedom."""
BLOCKS_SEARCHED = 200
COUNTS = (3, 4, 5, 6, 7, 8, 10, 12, 14, 17, 20, 25, 30, 40, 50, 70, 100, 140, 200)
"""Numbers of blocks that `blocks_to_decide` tries: the spread observed does not give a finer answer."""
QUANTILES = 200


def look_level(blocks: int, blocks_at_most: int, *, last: bool = False) -> float:
    """Return the level at which the comparisons are judged after *blocks* of at most *blocks_at_most* blocks.

    *last* marks a look after which no block follows, whether the blocks or the time ended: it has what is
    left.
    """
    levels = look_levels(blocks_at_most)
    place = blocks - FIRST_LOOK
    if place < 0 or not levels:
        return LEVEL
    if last or place >= len(levels) - 1:
        return LEVEL - sum(levels[: min(place, len(levels) - 1)])
    return levels[place]


@cache
def look_levels(blocks_at_most: int) -> Sequence[float]:
    """Return the level of each look of a run of at most *blocks_at_most* blocks; their sum is `LEVEL`."""
    looks = np.arange(1, blocks_at_most - FIRST_LOOK + 2) ** 2
    return tuple(float(weight) for weight in LEVEL * looks / looks.sum()) if len(looks) else ()


def margin_log(cells: int, blocks: int, residual_sd: float, own_sd: float, level: float = LEVEL) -> float:
    """Return the half width of a pair's simultaneous interval, as `ranks.pairwise` has it for a full table.

    *own_sd* is the standard deviation of the pair's differences.
    """
    pooled = studentized_quantile(cells, (cells - 1) * (blocks - 1), level) * residual_sd
    moderated = (2 * PRIOR * residual_sd**2 + (blocks - 1) * own_sd**2) / (PRIOR + blocks - 1)
    own = studentized_quantile(cells, PRIOR + blocks - 1, level) * math.sqrt(moderated / 2)
    return max(pooled, own) / math.sqrt(blocks)


def blocks_to_decide(
    cells: int, difference_log: float, residual_sd: float, own_sd: float, smallest_difference: float
) -> int | None:
    """Return about how many blocks a pair needs for a decision at the spread observed; None above 200.

    A pair further apart than the *smallest_difference* that matters is decided when its interval excludes 1,
    a nearer one when the interval is within that difference.
    """
    limit = math.log1p(smallest_difference)
    gap = abs(difference_log)
    room = gap if gap > limit else limit - gap
    return _fewest(lambda blocks: margin_log(cells, blocks, residual_sd, own_sd) < room, COUNTS)


def blocks_needed(cells: int, difference: float = 0.1, noise: float = 0.05, power: float = 0.8) -> int:
    """Return the blocks with which a pair of *cells* cells is shown to differ with probability *power*.

    *difference* is relative, *noise* the coefficient of variation of a cell's number in one block.
    """
    counts = range(FIRST_LOOK, BLOCKS_SEARCHED + 1)
    found = _fewest(lambda blocks: shown_probability(cells, blocks, difference, noise) >= power, counts)
    return BLOCKS_SEARCHED if found is None else found


def difference_found(cells: int, blocks: int, noise: float = 0.05, power: float = 0.8) -> float:
    """Return the smallest relative difference that *blocks* blocks show with probability *power*."""
    low, high = 0.0, 8.0
    while high - low > 1e-3 * max(low, 0.01):
        middle = (low + high) / 2
        enough = shown_probability(cells, blocks, math.expm1(middle), noise) >= power
        low, high = (low, middle) if enough else (middle, high)
    return math.expm1(high)


def shown_probability(cells: int, blocks: int, difference: float, noise: float) -> float:
    """Return the probability that two of *cells* cells which truly differ by *difference* are shown to.

    The difference seen must exceed the pooled margin, the pair's own margin and the difference of the A/A
    pair. It is averaged over the quantiles of the pair's sample variance (chi squared) and of the A/A
    difference.
    """
    places = (np.arange(QUANTILES) + 0.5) / QUANTILES
    error = noise * math.sqrt(2 / blocks)
    pooled = studentized_quantile(cells, (cells - 1) * (blocks - 1), LEVEL) * noise / math.sqrt(blocks)
    variance = noise**2 * (PRIOR + special.chdtri(blocks - 1, places)) / (PRIOR + blocks - 1)
    own = studentized_quantile(cells, PRIOR + blocks - 1, LEVEL) * np.sqrt(variance / blocks)
    control = np.abs(special.ndtri(places)) * error
    bound = np.maximum(np.maximum(pooled, own)[:, None], control[None, :])
    return float(np.mean(special.ndtr((math.log1p(difference) - bound) / error)))


def _fewest(suffices: Callable[[int], bool], counts: Sequence[int]) -> int | None:
    """Return the first of *counts* that suffices, as do all that follow; None where none does."""
    place = bisect_left(counts, 1, key=suffices)
    return counts[place] if place < len(counts) else None
