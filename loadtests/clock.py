"""The marks of one load on CLOCK_MONOTONIC, and how much CPU this process used between two of them."""

import time
from dataclasses import dataclass

NS_PER_S = 1_000_000_000
HEAD_START_S = 0.2
"""Seconds between the end of set-up and the first request, for every greenlet to be ready."""


@dataclass(frozen=True)
class Marks:
    """When the load starts (*t0_ns*), and when its window starts and ends."""

    t0_ns: int
    window_start_ns: int
    window_end_ns: int

    def later(self, by_ns: int) -> "Marks":
        """Give the same load with its window *by_ns* later."""
        return Marks(self.t0_ns, self.window_start_ns + by_ns, self.window_end_ns + by_ns)


def marks_from(now_ns: int, warm_up_s: float, window_s: float) -> Marks:
    """Lay the load out from *now_ns* on."""
    t0_ns = now_ns + int(HEAD_START_S * NS_PER_S)
    start_ns = t0_ns + int(warm_up_s * NS_PER_S)
    return Marks(t0_ns, start_ns, start_ns + int(window_s * NS_PER_S))


def cpu_s() -> float:
    """Give the CPU seconds that this process has used so far."""
    return time.process_time()
