"""Simulated runs of known truth: how often a table of ranks, or a sequential run, makes a false statement.

Noise is on the log of one value per cell and block: *normal* (5 %), *bimodal* (+15 % in half of the trials),
*unequal* (one cell five times as noisy) and *drifting* (a random walk through the run).
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.results.judge.ranks import LEVEL, better, fit, pairwise, tied
from benchmarks.results.judge.sequential import FIRST_LOOK, look_level

NOISE = 0.05
SMALLEST_DIFFERENCE = 0.05
SIZES = ((5, 3), (14, 3), (14, 12), (40, 8))
"""Cells and blocks."""
SEQUENTIAL_SIZES = ((5, 10), (14, 10))
"""Cells and blocks at most."""

Matrix = NDArray[np.float64]
Draw = Callable[[np.random.Generator, int, int], Matrix]


def normal(random: np.random.Generator, cells: int, blocks: int) -> Matrix:
    """Draw the same noise for all cells."""
    return random.normal(0, NOISE, (cells, blocks))


def bimodal(random: np.random.Generator, cells: int, blocks: int) -> Matrix:
    """Draw trials of which half are 15 % faster than the others."""
    fast = random.random((cells, blocks)) < 0.5
    return random.normal(0, NOISE / 5, (cells, blocks)) + math.log(1.15) * fast


def unequal(random: np.random.Generator, cells: int, blocks: int) -> Matrix:
    """Draw one cell five times as noisy as the others."""
    drawn = random.normal(0, NOISE, (cells, blocks))
    drawn[0] *= 5
    return drawn


def drifting(random: np.random.Generator, cells: int, blocks: int) -> Matrix:
    """Draw a random walk over the trials of the run, whose order is random within each block."""
    walk = np.cumsum(random.normal(0, NOISE / 3, cells * blocks)).reshape(blocks, cells)
    places = np.array([random.permutation(cells) for _ in range(blocks)])
    return np.take_along_axis(walk, places, axis=1).T + random.normal(0, NOISE / 3, (cells, blocks))


NOISES: Mapping[str, Draw] = {
    "normal": normal,
    "bimodal": bimodal,
    "unequal": unequal,
    "drifting": drifting,
}


def equal(cells: int) -> Matrix:
    """Return cells that are all the same: each difference that is shown is false."""
    return np.zeros(cells)


def stairs(cells: int) -> Matrix:
    """Return cells of which each pair of neighbours is alike and each pair 4 % faster than the one before."""
    return math.log1p(0.04) * (np.arange(cells) // 2).astype(float)


TRUTHS: Mapping[str, Callable[[int], Matrix]] = {"equal": equal, "stairs": stairs}


@dataclass(frozen=True)
class ErrorRate:
    """How many of *runs* simulated runs made any false statement."""

    truth: str
    noise: str
    cells: int
    blocks: int
    sequential: bool
    runs: int
    false_runs: int

    @property
    def fraction(self) -> float:
        """Runs with a false statement by all runs."""
        return self.false_runs / self.runs


def is_false(logs: Matrix, truth: Matrix, level: float) -> bool:
    """Return whether the table made of *logs* states a rank, a difference or a tie that is not true."""
    effects, residual_sd, freedom = fit(logs)
    order = np.argsort(-effects, kind="stable")
    differences, margins = pairwise(logs[order], residual_sd, freedom, level)
    real = truth[order][:, None] - truth[order][None, :]
    shown = better(differences, margins, floor=0.0, smallest_difference=SMALLEST_DIFFERENCE)
    equal_enough = tied(differences, margins, SMALLEST_DIFFERENCE)
    false_ties = equal_enough & (np.abs(real) >= math.log1p(SMALLEST_DIFFERENCE))
    return bool((shown & (real <= 0)).any() or false_ties.any())


def is_false_at_any_look(logs: Matrix, truth: Matrix) -> bool:
    """Return whether a run that is judged after each block makes a false statement at any of its looks."""
    at_most = logs.shape[1]
    looks = range(FIRST_LOOK, at_most + 1)
    return any(is_false(logs[:, :blocks], truth, look_level(blocks, at_most)) for blocks in looks)


def error_rate(
    truth: str, noise: str, size: tuple[int, int], runs: int, seed: int, *, sequential: bool = False
) -> ErrorRate:
    """Simulate *runs* runs of *size* (cells, blocks) and count those with a false statement."""
    cells, blocks = size
    random = np.random.default_rng([seed, cells, blocks, len(noise), len(truth)])
    real = TRUTHS[truth](cells)
    false = 0
    for _ in range(runs):
        logs = real[:, None] + NOISES[noise](random, cells, blocks)
        false += is_false_at_any_look(logs, real) if sequential else is_false(logs, real, LEVEL)
    return ErrorRate(truth, noise, cells, blocks, sequential, runs, false)


def error_rates(runs: int, seed: int = 1) -> Iterator[ErrorRate]:
    """Simulate each truth, noise and size, and sequential runs of 5 and 14 cells in up to 10 blocks."""
    for truth in TRUTHS:
        for size in SIZES:
            for noise in NOISES:
                yield error_rate(truth, noise, size, runs, seed)
        for size in SEQUENTIAL_SIZES:
            for noise in NOISES:
                yield error_rate(truth, noise, size, runs, seed, sequential=True)


def markdown_table(rates: list[ErrorRate]) -> str:
    """Return the error rates as a table with one row per truth and size and one column per noise."""
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for rate in rates:
        kind = f"{rate.cells} x up to {rate.blocks}" if rate.sequential else f"{rate.cells} x {rate.blocks}"
        rows.setdefault((rate.truth, kind), {})[rate.noise] = f"{rate.fraction:.1%}"
    lines = [f"| cells are | cells x blocks | {' | '.join(NOISES)} |", "| --- " * (2 + len(NOISES)) + "|"]
    lines += [
        f"| {truth} | {kind} | {' | '.join(by[n] for n in NOISES)} |" for (truth, kind), by in rows.items()
    ]
    return "\n".join(lines)
