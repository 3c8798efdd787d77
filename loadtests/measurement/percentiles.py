"""Percentiles: exact ones of an array, and those of a histogram, which can be merged."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def percentiles(values: NDArray[Any], percents: Sequence[float]) -> list[float]:
    """Return the percentile of *values* for each of *percents* (0..100); NaN where there are no values.

    Between two ranks it is interpolated linearly. Values may be infinite, and so may percentiles then.
    """
    if not len(values):
        return [math.nan] * len(percents)
    ordered = np.sort(np.asarray(values, dtype=float))
    places = np.asarray(percents) / 100 * (len(ordered) - 1)
    below, above = ordered[np.floor(places).astype(int)], ordered[np.ceil(places).astype(int)]
    finite = np.isfinite(above)
    gaps = np.where(finite, above, 0) - np.where(finite, below, 0)
    return [float(value) for value in np.where(finite, below + places % 1 * gaps, above)]


def percentile(values: NDArray[Any], percent: float) -> float:
    """Return one percentile of *values*; NaN where there are no values."""
    return percentiles(values, [percent])[0]


TAIL_REQUESTS = 20
"""Requests beyond a percentile without which it depends on chance, and is not printed."""


def beyond(count: int, percent: float) -> int:
    """Return how many of *count* values lie beyond the percentile."""
    return int(count * (100 - percent) / 100 + 1e-9)


def too_few_beyond(count: int, percent: float) -> str | None:
    """Return why the percentile of *count* values is not printed; None where enough lie beyond it."""
    found = beyond(count, percent)
    return None if found >= TAIL_REQUESTS else f"{found} requests lie beyond it, {TAIL_REQUESTS} are needed"


GROWTH = 1.005
"""Each bucket is 0.5 % wider than the one before: a percentile is off by 0.25 % at most."""
FLOOR_MS = 0.001

Histogram = Counter[int]
"""Bucket -> number of durations in it; two histograms add up with `+`."""


def histogram(durations_ms: NDArray[np.floating]) -> Histogram:
    """Count durations by bucket; NaN is left out."""
    known = durations_ms[~np.isnan(durations_ms)]
    buckets = np.round(np.log(np.maximum(known, FLOOR_MS) / FLOOR_MS) / np.log(GROWTH)).astype(int)
    values, counts = np.unique(buckets, return_counts=True)
    return Counter(dict(zip(values.tolist(), counts.tolist(), strict=True)))


def histogram_percentile_ms(counts: Mapping[int, int], percent: float) -> float:
    """Return the middle of the bucket that holds the percentile; 0 for an empty histogram."""
    buckets = sorted(counts)
    if not buckets:
        return 0.0
    cumulated = np.cumsum([counts[bucket] for bucket in buckets])
    index = int(np.searchsorted(cumulated, percent / 100 * cumulated[-1]))
    return float(FLOOR_MS * GROWTH ** buckets[min(index, len(buckets) - 1)])
