"""When a run that adds blocks until it is decided ends, and which blocks it has to make; pure."""

from collections.abc import Sequence

from benchmarks.plan import PlannedTrial, interrupted, remaining
from benchmarks.results.judge.analysis import compare_all, main_metric
from benchmarks.results.judge.blocks import blocks_made
from benchmarks.results.judge.sequential import FIRST_LOOK
from benchmarks.results.judge.verdicts import rank_by
from benchmarks.results.store.schema import Ending, Run
from benchmarks.results.store.trial_schema import Trial


def due(run: Run, trials: Sequence[Trial]) -> list[PlannedTrial]:
    """Return the missing trials of the blocks that are known to be needed; none where the run has ended.

    Where the run adds blocks until it is decided, these are the trials of one block.
    """
    if run.budget_s is None:
        return remaining(run.order, trials, run.attempts)
    if how_it_ends(run, trials) is not None:
        return []
    return remaining(run.order[: complete_blocks(run, trials) + 1], trials, run.attempts)


def how_it_ends(run: Run, trials: Sequence[Trial]) -> Ending | None:
    """Return why no block follows those of *trials*; None while one does, and where all blocks are made."""
    if run.budget_s is None or run.ended is not None:
        return run.ended
    blocks = complete_blocks(run, trials)
    if blocks < blocks_made(run, trials):
        return None
    if blocks >= FIRST_LOOK and is_decided(run, trials):
        return "decided"
    if blocks >= len(run.order):
        return "blocks"
    return None if fits(run, trials, run.budget_s) else "budget"


def complete_blocks(run: Run, trials: Sequence[Trial]) -> int:
    """Return how many blocks of *run*, from the first on, miss no trial."""
    missing = remaining(run.order, trials, run.attempts)
    return missing[0].block if missing else len(run.order)


def is_decided(run: Run, trials: Sequence[Trial]) -> bool:
    """Return whether no comparison with the reference is unknown; more blocks mend no invalid cell."""
    metric = main_metric(run)
    compared = compare_all(run, trials, metric, rank_by(run, trials, metric))
    return all(one.verdict != "unknown" for one in compared)


def fits(run: Run, trials: Sequence[Trial], budget_s: float) -> bool:
    """Return whether another block is likely to end within the budget; the first one always fits."""
    made = sum(not interrupted(trial) for trial in trials)
    if not made:
        return True
    block_s = run.measured_s / made * len(run.cells)
    return run.measured_s + block_s <= budget_s
