"""What the window of a load showed, derived from its samples."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

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


NS_PER_MS = 1_000_000
NS_PER_S = 1_000_000_000


@dataclass(frozen=True)
class Summary:
    """The requests that were due in the window: response times of the correct answers, counts, rates."""

    response_ms: NDArray[np.float64]
    """Sorted; from the intended start to the end."""
    sent: int
    failed: int
    """Answered 5xx, or not at all."""
    window_s: float

    def value(self, name: str) -> float | None:
        """Give p50, p99.9 ..., mean or max in ms, errors as a fraction, rate or throughput in 1/s."""
        if name == "errors":
            return self.failed / self.sent if self.sent else None
        if name in ("rate", "throughput"):
            return self._per_s(self.sent if name == "rate" else len(self.response_ms))
        return self._response(name) if len(self.response_ms) else None

    def _per_s(self, requests: int) -> float | None:
        return requests / self.window_s if self.window_s else None

    def _response(self, name: str) -> float:
        if name == "mean":
            return float(self.response_ms.mean())
        return float(np.percentile(self.response_ms, 100.0 if name == "max" else float(name[1:])))


def summarise(samples: NDArray[np.void], start_ns: int, end_ns: int) -> Summary:
    """Summarise the requests of *samples* that were due from *start_ns* to *end_ns*."""
    due = samples[(samples["intended_ns"] >= start_ns) & (samples["intended_ns"] < end_ns)]
    correct = (due["status"] > 0) & (due["status"] < 500)
    response_ms = np.sort((due["ended_ns"] - due["intended_ns"])[correct] / NS_PER_MS)
    return Summary(response_ms, len(due), int(np.count_nonzero(~correct)), (end_ns - start_ns) / NS_PER_S)
