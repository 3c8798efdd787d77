"""The schedule of a load: due times of requests, warm-up and window. Seeded, no I/O."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loadtests.measurement.units import NS_PER_S

ARRIVALS = ("constant", "poisson")
GRID_S = 0.01

Level = Callable[[float], float]
"""A function from the elapsed fraction of the window (0..1) to the fraction of the full load (0..1)."""


def _steps(passed: float) -> float:
    return min(4, int(passed * 4) + 1) / 4


def _ramp(passed: float) -> float:
    return 0.1 + 0.9 * passed


def _spike(passed: float) -> float:
    return 1.0 if 0.4 <= passed < 0.6 else 0.25


SHAPES: dict[str, Level] = {
    "constant": lambda _: 1.0,
    "steps": _steps,
    "ramp": _ramp,
    "spike": _spike,
}
"""constant: full load; steps: a quarter more in each quarter of the window; ramp: from a tenth to full;
spike: a quarter, but full in the middle fifth."""


def level(shape: str, elapsed_s: float, warm_up_s: float, window_s: float) -> float:
    """Return the fraction of the full load at *elapsed_s*; the warm-up has the first level of the window."""
    passed = (elapsed_s - warm_up_s) / window_s
    return SHAPES[shape](min(max(passed, 0.0), 1.0))


def schedule_s(
    rate_per_s: float, arrivals: str, shape: str, warm_up_s: float, window_s: float, seed: int
) -> NDArray[np.float64]:
    """Return when each request is due, in seconds from the start.

    Arrivals at a rate of 1/s are stretched by the inverse of the cumulated rate. So one rule serves every
    shape and both kinds of arrivals.
    """
    grid = np.arange(0.0, warm_up_s + window_s + GRID_S / 2, GRID_S)
    middles = (grid[:-1] + grid[1:]) / 2
    rates = np.array([rate_per_s * level(shape, float(at), warm_up_s, window_s) for at in middles])
    cumulated = np.concatenate([[0.0], np.cumsum(rates * GRID_S)])
    due_s: NDArray[np.float64] = np.interp(
        _unit_arrivals(arrivals, float(cumulated[-1]), seed), cumulated, grid
    )
    return due_s


def _unit_arrivals(arrivals: str, total: float, seed: int) -> NDArray[np.float64]:
    if arrivals == "constant":
        return np.arange(0.0, round(total, 6))
    gaps = np.random.default_rng(seed).exponential(size=int(total + 10 * total**0.5 + 10))
    times = np.cumsum(gaps)
    within: NDArray[np.float64] = times[times < total]
    return within


HEAD_START_S = 0.2
"""Seconds from the end of set-up to the first request, in which every greenlet gets ready."""


@dataclass(frozen=True)
class Timeline:
    """When a load starts (*t0_ns*), and when its window starts and ends; CLOCK_MONOTONIC."""

    t0_ns: int
    window_start_ns: int
    window_end_ns: int

    def later(self, by_ns: int) -> "Timeline":
        """Return the same load with its window *by_ns* later."""
        return Timeline(self.t0_ns, self.window_start_ns + by_ns, self.window_end_ns + by_ns)


def timeline_from(now_ns: int, warm_up_s: float, window_s: float) -> Timeline:
    """Return the timeline of a load whose set-up ends at *now_ns*."""
    t0_ns = now_ns + int(HEAD_START_S * NS_PER_S)
    start_ns = t0_ns + int(warm_up_s * NS_PER_S)
    return Timeline(t0_ns, start_ns, start_ns + int(window_s * NS_PER_S))


STEPS = 2
"""Steps of a warm-up that is not extended."""
DIFFERENCE = 0.05
"""Throughput is steady when two steps differ by less than this fraction."""


def is_steady(answered: Sequence[int]) -> bool:
    """Return whether the last two steps had like throughput; *answered* is cumulated at each step's end."""
    start, middle, end = answered[-3:]
    return middle > start and abs((end - middle) / (middle - start) - 1) < DIFFERENCE
