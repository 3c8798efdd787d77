"""Figures of a load's window, derived from its samples."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loadtests.measurement.percentiles import percentile, too_few_beyond
from loadtests.measurement.samples import due_within, lag_ms, response_ms, succeeded, within
from loadtests.measurement.units import NS_PER_S

BY_GENERATOR = "The generator"
"""The first words of each complaint of a load about its own generator, and not about the service."""
TAIL_FROM = 90.0
"""Percentiles from here on need enough requests beyond them to be printed."""


@dataclass(frozen=True)
class WindowSummary:
    """The requests that were due in the window: response times, counts, rates; and what ended in it."""

    response_ms: NDArray[np.float64]
    """Sorted; from the intended start to the end, infinite for a request that failed."""
    sent: int
    failed: int
    """Answered 5xx, or not at all."""
    ended: int
    """Correct answers that ended in the window, whenever they were due."""
    window_s: float

    def value(self, name: str) -> float | None:
        """Return p50, p99.9 ..., mean or max in ms, errors as a fraction, rate or throughput in 1/s.

        A failed request took infinitely long: percentiles and max count it so. The mean is that of the
        correct answers.
        """
        if name == "errors":
            return self.failed / self.sent if self.sent else None
        if name in ("rate", "throughput"):
            return self._per_s(self.sent if name == "rate" else self.ended)
        return self._response_ms(name) if self.sent else None

    def time_words(self, name: str) -> str:
        """Return a response time with its unit, or a dash and why it is not printed."""
        reason, value = self._no_time_reason(name), self.value(name)
        return f"- ({reason})" if reason or value is None else f"{value:.4g} ms"

    def _no_time_reason(self, name: str) -> str | None:
        if self.value(name) is None:
            return "nothing was measured"
        if (
            name[0] == "p"
            and float(name[1:]) >= TAIL_FROM
            and (few := too_few_beyond(self.sent, float(name[1:])))
        ):
            return few
        return f"{self.failed} of {self.sent} requests failed" if self.value(name) == math.inf else None

    def _per_s(self, requests: int) -> float | None:
        return requests / self.window_s if self.window_s else None

    def _response_ms(self, name: str) -> float | None:
        if name == "mean":
            answered = self.response_ms[np.isfinite(self.response_ms)]
            return float(answered.mean()) if len(answered) else None
        return percentile(self.response_ms, 100.0 if name == "max" else float(name[1:]))


def summarise(samples: NDArray[np.void], start_ns: int, end_ns: int) -> WindowSummary:
    """Summarise the window of *samples* from *start_ns* to *end_ns*."""
    due = due_within(samples, start_ns, end_ns)
    correct = succeeded(due["status"])
    ended = within(samples["ended_ns"], start_ns, end_ns) & succeeded(samples["status"])
    return WindowSummary(
        response_ms=np.sort(np.where(correct, response_ms(due), np.inf)),
        sent=len(due),
        failed=int(np.count_nonzero(~correct)),
        ended=int(np.count_nonzero(ended)),
        window_s=(end_ns - start_ns) / NS_PER_S,
    )


def lag_ms_p99(samples: NDArray[np.void], start_ns: int, end_ns: int) -> float:
    """Return the p99 of the lag of the requests due from *start_ns* to *end_ns*; 0 without any."""
    due = due_within(samples, start_ns, end_ns)
    return percentile(lag_ms(due), 99) if len(due) else 0.0
