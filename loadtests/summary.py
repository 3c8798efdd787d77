"""What the window of a load showed, derived from its samples."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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
