"""Counts of durations in logarithmic buckets: what can be merged, where percentiles cannot."""

from collections import Counter
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

GROWTH = 1.005
"""Each bucket is half a percent wider than the one before: percentiles are off by at most a quarter."""
FLOOR_MS = 0.001

Counts = Counter[int]
"""Bucket -> how many durations fell into it; two of them add up with `+`."""


def count_ms(durations_ms: NDArray[np.floating]) -> Counts:
    """Sort durations into buckets; NaN, which is none, is left out."""
    known = durations_ms[~np.isnan(durations_ms)]
    buckets = np.round(np.log(np.maximum(known, FLOOR_MS) / FLOOR_MS) / np.log(GROWTH)).astype(int)
    values, counts = np.unique(buckets, return_counts=True)
    return Counter(dict(zip(values.tolist(), counts.tolist(), strict=True)))


def percentile_ms(counts: Mapping[int, int], percent: float) -> float:
    """Give the middle of the bucket that holds the percentile; 0 without any duration."""
    buckets = sorted(counts)
    if not buckets:
        return 0.0
    reached = np.cumsum([counts[bucket] for bucket in buckets])
    place = int(np.searchsorted(reached, percent / 100 * reached[-1]))
    return float(FLOOR_MS * GROWTH ** buckets[min(place, len(buckets) - 1)])
