"""Statistics on one number a cell a block: pure functions on plain values.

A *log-ratio* is ln(cell / reference) within one block, so that
what the machine did to the whole block cancels.
Sources: Kalibera and Jones, "Rigorous benchmarking in reasonable time" (intervals on the ratio); Holm 1979;
Fisher's randomisation test (the exact sign flips).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy import special

EXACT_BLOCKS_MAX = 16
"""2^16 sign patterns are enumerated in milliseconds; beyond that a sample of them is as good."""
SAMPLED_FLIPS = 100_000
QUANTILES = 4_000


@dataclass(frozen=True)
class RatioInterval:
    """A ratio with the ends of its confidence interval."""

    ratio: float
    low: float
    high: float


def log_ratios(values: Sequence[float], references: Sequence[float]) -> list[float]:
    """Return ln(value / reference) of each block; both must be positive."""
    return [math.log(value / reference) for value, reference in zip(values, references, strict=True)]


def geometric_mean(values: Sequence[float]) -> float:
    """Return exp(mean(ln(values)))."""
    return math.exp(sum(map(math.log, values)) / len(values))


def t_interval(ratios_log: Sequence[float], confidence: float = 0.95) -> RatioInterval:
    """Return exp(mean ± t * s / sqrt(n)) of the log-ratios; without bounds for a single block."""
    mean = float(np.mean(ratios_log))
    if len(ratios_log) < 2:
        return RatioInterval(math.exp(mean), 0.0, math.inf)
    margin = t_quantile((1 + confidence) / 2, len(ratios_log) - 1) * standard_error(ratios_log)
    return RatioInterval(math.exp(mean), math.exp(mean - margin), _exp(mean + margin))


def standard_error(values: Sequence[float]) -> float:
    """Return s / sqrt(n) with the sample standard deviation s."""
    return float(np.std(values, ddof=1)) / math.sqrt(len(values))


def t_test(ratios_log: Sequence[float]) -> float:
    """Return the two-sided p of the one-sample t test that the mean log-ratio is 0; 1 for a single block."""
    if len(ratios_log) < 2:
        return 1.0
    mean, error = float(np.mean(ratios_log)), standard_error(ratios_log)
    if error == 0:
        return 1.0 if mean == 0 else 0.0
    return float(2 * special.stdtr(len(ratios_log) - 1, -abs(mean / error)))


def sign_flip_test(ratios_log: Sequence[float]) -> float:
    """Return the two-sided p of the sign-flip test that the log-ratios are symmetric about 0.

    It is the share of all 2^n sign patterns whose |sum| is at least the one seen; exact up to 16 blocks.
    """
    values = np.asarray(ratios_log, dtype=float)
    sums = np.abs(_sign_patterns(len(values)) @ values)
    return float(np.mean(sums >= abs(values.sum()) - 1e-12 * np.abs(values).sum()))


def holm(p_values: Sequence[float]) -> list[float]:
    """Return the p values adjusted by Holm's step-down, in the order given."""
    adjusted = [0.0] * len(p_values)
    running = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=lambda index: p_values[index])):
        running = max(running, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = running
    return adjusted


def sign_flip_blocks(comparisons: int, alpha: float = 0.05) -> int:
    """Return the fewest blocks n with 2 / 2^n <= alpha / comparisons, below which sign flips cannot tell."""
    return math.ceil(math.log2(2 * max(comparisons, 1) / alpha))


@cache
def blocks_needed(
    comparisons: int, difference: float = 0.1, noise: float = 0.05, power: float = 0.8, alpha: float = 0.05
) -> int:
    """Return the blocks with which a relative *difference* is found with probability *power*.

    *noise* is the coefficient of variation of one cell's number, so a log-ratio varies by noise * sqrt(2).
    The power is that of the t test at alpha / comparisons; the sign-flip test must be able to reach that
    level too, with two blocks to spare, since its p values are coarse.
    """
    effect = math.log1p(difference) / (noise * math.sqrt(2))
    blocks = sign_flip_blocks(comparisons, alpha) + 2
    while t_power(effect, blocks, alpha / max(comparisons, 1)) < power:
        blocks += 1
    return blocks


def difference_found(
    blocks: int, comparisons: int, noise: float = 0.05, power: float = 0.8, alpha: float = 0.05
) -> float:
    """Return the smallest relative difference that *blocks* blocks find with probability *power*, likewise.

    It is bisected, since the power rises with the effect.
    """
    low, high = 0.0, 1.0
    while t_power(high, blocks, alpha / max(comparisons, 1)) < power:
        low, high = high, 2 * high
    while high - low > 1e-6:
        middle = (low + high) / 2
        enough = t_power(middle, blocks, alpha / max(comparisons, 1)) >= power
        low, high = (low, middle) if enough else (middle, high)
    return math.expm1(high * noise * math.sqrt(2))


def t_power(effect: float, blocks: int, alpha: float) -> float:
    """Return the power of the two-sided t test for a mean of *effect* standard deviations.

    Given the sample variance, t passes its bound with a normal probability; that is averaged over the
    quantiles of the variance (chi squared). SciPy's noncentral t gives no number for large effects.
    """
    critical, shift = t_quantile(1 - alpha / 2, blocks - 1), effect * math.sqrt(blocks)
    ranks = (np.arange(QUANTILES) + 0.5) / QUANTILES
    bound = critical * np.sqrt(special.chdtri(blocks - 1, ranks) / (blocks - 1))
    return float(np.mean(special.ndtr(shift - bound) + special.ndtr(-shift - bound)))


def t_quantile(probability: float, freedom: float) -> float:
    """Return the quantile of Student's t distribution."""
    return float(special.stdtrit(freedom, probability))


def welch_interval(
    values: Sequence[float], references: Sequence[float], confidence: float = 0.95
) -> RatioInterval:
    """Return the ratio of the geometric means of two runs, whose blocks are not paired (Welch, logs)."""
    ours, theirs = np.log(values), np.log(references)
    difference = float(ours.mean() - theirs.mean())
    if min(len(ours), len(theirs)) < 2:
        return RatioInterval(math.exp(difference), 0.0, math.inf)
    parts = [float(side.var(ddof=1)) / len(side) for side in (ours, theirs)]
    if sum(parts) == 0:
        return RatioInterval(math.exp(difference), math.exp(difference), math.exp(difference))
    below = sum(part**2 / (len(side) - 1) for part, side in zip(parts, (ours, theirs), strict=True))
    freedom = sum(parts) ** 2 / below
    margin = t_quantile((1 + confidence) / 2, freedom) * math.sqrt(sum(parts))
    return RatioInterval(math.exp(difference), math.exp(difference - margin), _exp(difference + margin))


@cache
def _sign_patterns(blocks: int) -> npt.NDArray[np.float64]:
    if blocks > EXACT_BLOCKS_MAX:
        return np.random.default_rng(0).choice([-1.0, 1.0], size=(SAMPLED_FLIPS, blocks))
    numbers = np.arange(2**blocks)[:, None]
    return np.where((numbers >> np.arange(blocks)) & 1, -1.0, 1.0)


def _exp(value: float) -> float:
    return math.exp(value) if value < 700 else math.inf
