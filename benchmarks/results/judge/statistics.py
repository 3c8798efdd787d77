"""Statistics on one number per cell and block: pure functions on plain values.

A *log-ratio* is ln(cell / reference) within one block: what the machine did to the whole block cancels.
Sources: Kalibera and Jones, "Rigorous benchmarking in reasonable time" (intervals on the ratio); Holm 1979;
Fisher's randomisation test (the exact sign flips).
"""

import math
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy import special, stats

FLIPS_AT_MOST = 100_000
"""Sign patterns of a test: all 2^n for up to 16 blocks (8: 0.5 ms, 12: 8 ms, 16: 0.2 s), else a sample."""
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


def t_interval(ratios_log: Sequence[float], confidence: float = 0.95) -> RatioInterval:
    """Return exp(mean ± t * s / sqrt(n)) of the log-ratios; without bounds for a single block."""
    mean = float(np.mean(ratios_log))
    if len(ratios_log) < 2:
        return RatioInterval(math.exp(mean), 0.0, math.inf)
    margin = t_quantile((1 + confidence) / 2, len(ratios_log) - 1) * float(stats.sem(ratios_log))
    return RatioInterval(math.exp(mean), math.exp(mean - margin), _exp(mean + margin))


def t_test(ratios_log: Sequence[float]) -> float:
    """Return the two-sided p of the one-sample t test that the mean log-ratio is 0; 1 for a single block."""
    if len(ratios_log) < 2:
        return 1.0
    if np.ptp(ratios_log) == 0:
        return 0.0 if ratios_log[0] else 1.0
    with _equal_values_allowed():
        return float(stats.ttest_1samp(ratios_log, 0).pvalue)


def sign_flip_test(ratios_log: Sequence[float]) -> float:
    """Return the two-sided p of the sign-flip test that the log-ratios are symmetric about 0.

    It is the share of all 2^n sign patterns whose |sum| is at least the one seen; exact up to 16 blocks.
    """
    return sign_flip_tests([ratios_log])[0]


def sign_flip_tests(samples: Sequence[Sequence[float]]) -> list[float]:
    """Return the p of `sign_flip_test` for each of *samples*; those of equal length share their patterns."""
    p_values = [1.0] * len(samples)
    for blocks in {len(ratios_log) for ratios_log in samples}:
        alike = [index for index, ratios_log in enumerate(samples) if len(ratios_log) == blocks]
        for index, p_value in zip(alike, _flipped([samples[index] for index in alike]), strict=True):
            p_values[index] = float(p_value)
    return p_values


def _flipped(samples: Sequence[Sequence[float]]) -> npt.NDArray[np.float64]:
    result = stats.permutation_test(
        (np.asarray(samples),),
        lambda ratios, axis: np.abs(np.sum(ratios, axis=axis)),
        permutation_type="samples",
        vectorized=True,
        n_resamples=FLIPS_AT_MOST,
        alternative="greater",
        axis=1,
        rng=0,
    )
    return np.asarray(result.pvalue)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return the p values adjusted by Holm's step-down, in the order given."""
    adjusted = [0.0] * len(p_values)
    running = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=lambda index: p_values[index])):
        running = max(running, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = running
    return adjusted


def sign_flip_blocks(comparisons: int, alpha: float = 0.05) -> int:
    """Return the fewest blocks n with 2 / 2^n <= alpha / comparisons, the least p of sign flips."""
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
    return float(stats.t.ppf(probability, freedom))


def welch_interval(
    values: Sequence[float], references: Sequence[float], confidence: float = 0.95
) -> RatioInterval:
    """Return the ratio of the geometric means of two runs, whose blocks are not paired (Welch, logs)."""
    ours, theirs = np.log(values), np.log(references)
    difference = float(ours.mean() - theirs.mean())
    if min(len(ours), len(theirs)) < 2:
        return RatioInterval(math.exp(difference), 0.0, math.inf)
    if np.ptp(ours) == np.ptp(theirs) == 0:
        return RatioInterval(math.exp(difference), math.exp(difference), math.exp(difference))
    with _equal_values_allowed():
        bounds = stats.ttest_ind(ours, theirs, equal_var=False).confidence_interval(confidence)
    return RatioInterval(math.exp(difference), math.exp(bounds.low), _exp(bounds.high))


@contextmanager
def _equal_values_allowed() -> Iterator[None]:
    """Silence SciPy's warning of values that differ by rounding only: p is near 0, and that is right."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Precision loss", RuntimeWarning)
        yield


def _exp(value: float) -> float:
    return math.exp(value) if value < 700 else math.inf
