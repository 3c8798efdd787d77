"""Ranks of all cells by one procedure: simultaneous intervals for every pair of cells in the block design.

The model is log(value) = cell + block + residual. The interval of a pair is as wide as the wider of two
margins, both from the studentized range, so that all pairs together are wrong with probability below 5 %:

* pooled: Tukey's all-pairs margin, with the residual of the whole table, which has
  (cells - 1) x (blocks - 1) degrees of freedom;
* own: the same with the standard deviation of the pair's own differences. It holds where one cell is noisier
  than the others, which the pooled residual hides. With few blocks that standard deviation is itself mostly
  chance, so it is moderated: `PRIOR` further degrees of freedom are those of the pooled residual.

Sources: Tukey 1953, "The problem of multiple comparisons"; Hsu 1996, "Multiple Comparisons", chapter 5; Smyth
2004, "Linear models and empirical Bayes methods" (moderated variances). Simulated error rates of this
combination stand in docs/methodology.md.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.results.judge.statistics import RatioInterval, bounded_exp, studentized_quantile

LEVEL = 0.035
"""Nominal level of the simultaneous intervals.

At this level a false statement anywhere in a table stays below 5 %, also where noise has two modes, or one
cell is five times as noisy, and blocks are few (simulated).
"""
PRIOR = 1
"""Degrees of freedom that the pooled residual lends to the variance of a single pair."""

Blocks = Mapping[int, float]
"""Block -> value of one cell in it; values are positive."""
Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class RankInterval:
    """The ranks that a cell can have; 1 is the best."""

    first: int
    last: int


@dataclass(frozen=True)
class Ranking:
    """All pairs of *cells*, which stand in the order of their estimates, the best first.

    Matrices have one row and one column per cell, in that order.
    """

    cells: Sequence[str]
    estimates: Matrix
    """Geometric mean of each cell, adjusted for the blocks that it lacks."""
    differences_log: Matrix
    """[i, j]: ln(cell i / cell j), NaN where they share no block."""
    margins_log: Matrix
    """Half width of the simultaneous interval of that difference, infinity where it has none."""
    better: NDArray[np.bool_]
    """[i, j]: cell i is shown to be better than cell j."""
    logs: Matrix
    """ln(value), cells x blocks, NaN where missing."""
    residual_sd: float
    """Of ln(value) = cell + block + residual; infinite without a degree of freedom."""
    floor: float
    """The least relative difference that can be shown."""

    def interval(self, cell: str, reference: str) -> RatioInterval:
        """Return the ratio *cell* / *reference* with its simultaneous interval."""
        i, j = self._places(cell, reference)
        middle, margin = float(self.differences_log[i, j]), float(self.margins_log[i, j])
        return RatioInterval(math.exp(middle), math.exp(middle - margin), bounded_exp(middle + margin))

    def estimate(self, cell: str) -> float:
        """Return the estimate of *cell*."""
        return float(self.estimates[self.cells.index(cell)])

    def gaps_log(self, cell: str, reference: str) -> Matrix:
        """Return ln(cell / reference) of each block that both have."""
        i, j = self._places(cell, reference)
        gaps: Matrix = self.logs[i] - self.logs[j]
        return gaps[~np.isnan(gaps)]

    def is_better(self, cell: str, other: str) -> bool:
        """Return whether *cell* is shown to be better than *other*."""
        return bool(self.better[self._places(cell, other)])

    def is_tie(self, cell: str, other: str, smallest_difference: float) -> bool:
        """Return whether the whole interval of the pair is within the smallest difference that matters."""
        place = self._places(cell, other)
        return bool(tied(self.differences_log, self.margins_log, smallest_difference)[place])

    def ranks(self) -> dict[str, RankInterval]:
        """Return the ranks that each cell can have, best first; both ends never fall along the order."""
        ahead, behind = self.better.sum(axis=0), self.better.sum(axis=1)
        return {
            cell: RankInterval(1 + int(ahead[place]), len(self.cells) - int(behind[place]))
            for place, cell in enumerate(self.cells)
        }

    def top(self) -> list[str]:
        """Return the cells that no other is shown to beat: the first ones of the order."""
        return [cell for cell, rank in self.ranks().items() if rank.first == 1]

    def _places(self, cell: str, other: str) -> tuple[int, int]:
        return self.cells.index(cell), self.cells.index(other)


def rank_cells(
    values: Mapping[str, Blocks],
    *,
    higher_is_better: bool,
    level: float = LEVEL,
    floor: float = 0.0,
    smallest_difference: float = 0.0,
) -> Ranking:
    """Rank the cells that have a value; *floor* is the least relative difference that can be shown.

    A cell counts as better than another only if every pair around them says so too: each cell at least as
    good as the first against each cell at most as good as the second. So the order never contradicts itself.
    Cells that are equal within *smallest_difference* are not ranked against each other.
    """
    names = [name for name, blocks in values.items() if blocks]
    logs = _log_table([values[name] for name in names])
    effects, residual_sd, freedom = fit(logs)
    order = np.argsort(-effects if higher_is_better else effects, kind="stable")
    logs, effects = logs[order], effects[order]
    differences, margins = pairwise(logs, residual_sd, freedom, level)
    gains = differences if higher_is_better else -differences
    return Ranking(
        cells=[names[place] for place in order],
        estimates=np.exp(effects),
        differences_log=differences,
        margins_log=margins,
        better=better(gains, margins, floor=floor, smallest_difference=smallest_difference),
        logs=logs,
        residual_sd=residual_sd,
        floor=floor,
    )


def better(gains: Matrix, margins: Matrix, *, floor: float, smallest_difference: float) -> NDArray[np.bool_]:
    """Return [i, j]: cell i is shown to be better than cell j; cells stand in the order of their estimates.

    *gains* are the differences of the pairs on the log, positive where the first is better.
    """
    shown = gains > np.maximum(margins, math.log1p(floor))
    return consistent(shown & ~tied(gains, margins, smallest_difference))


def tied(differences: Matrix, margins: Matrix, smallest_difference: float) -> NDArray[np.bool_]:
    """Return [i, j]: the whole interval of the pair is within the smallest difference that matters."""
    return np.asarray(np.abs(differences) + margins < math.log1p(smallest_difference))


def fit(logs: Matrix) -> tuple[Matrix, float, int]:
    """Fit cell + block to *logs* (cells x blocks, NaN where missing) by least squares.

    Return each cell's effect (its mean over all blocks), the residual standard deviation and its degrees of
    freedom; without any degree of freedom the standard deviation is infinite.
    """
    cells, blocks = logs.shape
    if not logs.size:
        return np.zeros(cells), math.inf, 0
    if not np.isnan(logs).any():
        effects = logs.mean(axis=1)
        residuals = logs - effects[:, None] - logs.mean(axis=0)[None, :] + logs.mean()
        freedom = (cells - 1) * (blocks - 1)
    else:
        row, column = np.nonzero(~np.isnan(logs))
        design = np.zeros((len(row), cells + blocks))
        design[np.arange(len(row)), row] = 1.0
        design[np.arange(len(row)), cells + column] = 1.0
        solution, _, rank, _ = np.linalg.lstsq(design, logs[row, column], rcond=None)
        residuals = logs[row, column] - design @ solution
        effects = solution[:cells] + solution[cells:].mean()
        freedom = len(row) - int(rank)
    if freedom < 1:
        return effects, math.inf, 0
    return effects, float(np.sqrt(np.sum(residuals**2) / freedom)), freedom


def pairwise(logs: Matrix, residual_sd: float, freedom: int, level: float) -> tuple[Matrix, Matrix]:
    """Return the mean difference of each pair over the blocks that it shares, and its simultaneous margin."""
    present = ~np.isnan(logs)
    shared = (present[:, None, :] & present[None, :, :]).sum(axis=2)
    gaps = np.where(present[:, None, :] & present[None, :, :], logs[:, None, :] - logs[None, :, :], 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        means = gaps.sum(axis=2) / shared
        squares = (gaps**2).sum(axis=2) - shared * means**2
        own_variance = (2 * PRIOR * residual_sd**2 + np.maximum(squares, 0.0)) / (PRIOR + shared - 1)
        pooled = studentized_quantile(len(logs), freedom, level) * residual_sd / np.sqrt(shared)
        own = _own_ranges(len(logs), shared, level) * np.sqrt(own_variance / 2 / shared)
    margins = np.where(shared > 1, np.fmax(pooled, own), math.inf)
    np.fill_diagonal(margins, 0.0)
    return means, margins


def _own_ranges(cells: int, shared: NDArray[np.int64], level: float) -> Matrix:
    counts, places = np.unique(shared, return_inverse=True)
    ranges = [studentized_quantile(cells, PRIOR + int(count) - 1, level) for count in counts]
    return np.array(ranges)[places].reshape(shared.shape)


def consistent(shown: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Keep of *shown* (in the order of the estimates) the pairs that all pairs around them confirm.

    [i, j] stays where [a, b] is shown for each a up to i and each b from j on.
    """
    below = np.logical_and.accumulate(shown[:, ::-1], axis=1)[:, ::-1]
    kept: NDArray[np.bool_] = np.logical_and.accumulate(below, axis=0)
    return kept


def _log_table(blocks: Sequence[Blocks]) -> Matrix:
    numbers = sorted({number for one in blocks for number in one})
    rows = [[math.log(one[number]) if number in one else math.nan for number in numbers] for one in blocks]
    return np.array(rows).reshape(len(blocks), len(numbers))
