"""Figures of a load's window, derived from its samples."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loadtests.measurement.percentiles import percentile
from loadtests.measurement.samples import due_within, lag_ms, response_ms, succeeded
from loadtests.measurement.units import NS_PER_S


@dataclass(frozen=True)
class WindowSummary:
    """The requests that were due in the window: response times of the correct answers, counts, rates."""

    response_ms: NDArray[np.float64]
    """Sorted; from the intended start to the end."""
    sent: int
    failed: int
    """Answered 5xx, or not at all."""
    window_s: float

    def value(self, name: str) -> float | None:
        """Return p50, p99.9 ..., mean or max in ms, errors as a fraction, rate or throughput in 1/s."""
        if name == "errors":
            return self.failed / self.sent if self.sent else None
        if name in ("rate", "throughput"):
            return self._per_s(self.sent if name == "rate" else len(self.response_ms))
        return self._response_ms(name) if len(self.response_ms) else None

    def _per_s(self, requests: int) -> float | None:
        return requests / self.window_s if self.window_s else None

    def _response_ms(self, name: str) -> float:
        if name == "mean":
            return float(self.response_ms.mean())
        return percentile(self.response_ms, 100.0 if name == "max" else float(name[1:]))


def summarise(samples: NDArray[np.void], start_ns: int, end_ns: int) -> WindowSummary:
    """Summarise the requests of *samples* that were due from *start_ns* to *end_ns*."""
    due = due_within(samples, start_ns, end_ns)
    correct = due[succeeded(due["status"])]
    return WindowSummary(
        response_ms=np.sort(response_ms(correct)),
        sent=len(due),
        failed=len(due) - len(correct),
        window_s=(end_ns - start_ns) / NS_PER_S,
    )


def lag_ms_p99(samples: NDArray[np.void], start_ns: int, end_ns: int) -> float:
    """Return the p99 of the lag of the requests due from *start_ns* to *end_ns*; 0 without any."""
    due = due_within(samples, start_ns, end_ns)
    return percentile(lag_ms(due), 99) if len(due) else 0.0
