"""When the requests of a load are due, and where its warm-up and its window lie: seeded and pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ARRIVALS = ("constant", "poisson")
GRID_S = 0.01

Level = Callable[[float], float]
"""From the fraction of the window that has passed (0..1) to the fraction of the full load (0..1)."""


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
    """Give the fraction of the full load at *elapsed_s*; the warm-up is at the window's first level."""
    passed = (elapsed_s - warm_up_s) / window_s
    return SHAPES[shape](min(max(passed, 0.0), 1.0))


def schedule_s(
    rate: float, arrivals: str, shape: str, warm_up_s: float, window_s: float, seed: int
) -> NDArray[np.float64]:
    """List when each request is due, in seconds from the start.

    Arrivals of rate 1 are stretched by the inverse of the cumulated rate, so that shapes and both kinds of
    arrivals share one rule.
    """
    grid = np.arange(0.0, warm_up_s + window_s + GRID_S / 2, GRID_S)
    middles = (grid[:-1] + grid[1:]) / 2
    rates = np.array([rate * level(shape, float(at), warm_up_s, window_s) for at in middles])
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


STEPS = 2
"""A warm-up that is not extended has this many."""
DIFFERENCE = 0.05
"""Steps whose throughputs differ by less are alike."""


def is_steady(answered: Sequence[int]) -> bool:
    """Tell whether the last two steps answered alike; *answered* counts from the start to each step's end."""
    begin, middle, end = answered[-3:]
    return middle > begin and abs((end - middle) / (middle - begin) - 1) < DIFFERENCE
