"""One number per cell and block, and which cells are ranked by these."""

from collections.abc import Sequence
from statistics import geometric_mean

from benchmarks.results.judge.metrics import Measure, Metric
from benchmarks.results.judge.statistics import RatioInterval, log_ratios, t_interval
from benchmarks.results.store.schema import Run
from benchmarks.results.store.trial_schema import Trial


def valid_blocks(trials: Sequence[Trial], cell: str, measure: Measure) -> dict[int, float]:
    """Return block -> value over the valid trials of *cell*; a 0 has no logarithm and is left out."""
    chosen = [trial for trial in trials if trial.cell == cell and trial.valid]
    values = {trial.block: measure(trial) for trial in chosen}
    return {block: value for block, value in values.items() if value}


def family(run: Run, trials: Sequence[Trial], metric: Metric) -> dict[str, dict[int, float]]:
    """Return the values by block of the cells that are ranked: no A/A twin, none with an obstacle."""
    ranked = [cell.name for cell in run.cells if cell.twin_of is None and not obstacle(cell.name, trials)]
    return {name: valid_blocks(trials, name, metric.of) for name in ranked}


def obstacle(cell: str, trials: Sequence[Trial]) -> str | None:
    """Return why *cell* can have no rank, or None; one ledger that does not balance suffices."""
    mine = [trial for trial in trials if trial.cell == cell]
    unbalanced = [trial for trial in mine if trial.ledger and trial.ledger.verdict == "invalid"]
    if unbalanced:
        return f"its ledger does not balance in block {unbalanced[0].block + 1}: {unbalanced[0].failure}"
    if any(trial.valid for trial in mine):
        return None
    return f"no valid trial: {mine[-1].failure if mine else 'none was made'}"


def control_interval(run: Run, trials: Sequence[Trial], metric: Metric) -> RatioInterval | None:
    """Return the ratio of the A/A pair by *metric* with its own 95 % t interval; None without a pair."""
    twin = next((cell for cell in run.cells if cell.twin_of), None)
    if twin is None or twin.twin_of is None:
        return None
    ours, theirs = (valid_blocks(trials, name, metric.of) for name in (twin.name, twin.twin_of))
    shared = sorted(ours.keys() & theirs.keys())
    ratios = log_ratios([ours[block] for block in shared], [theirs[block] for block in shared])
    return t_interval(ratios) if ratios else None


def mean_over_blocks(values: dict[int, float]) -> float | None:
    """Return the geometric mean; None where no block has a value."""
    return geometric_mean(values.values()) if values else None


def blocks_made(run: Run, trials: Sequence[Trial]) -> int:
    """Return how many blocks *run* has; one that ends when it is decided may have fewer than planned."""
    if run.budget_s is None:
        return run.blocks
    return 1 + max((trial.block for trial in trials), default=-1)
