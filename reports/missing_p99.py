"""Why cells have no p99, in words."""

from collections.abc import Iterable, Iterator, Sequence

from benchmarks.results.judge.metrics import no_p99_reason
from benchmarks.results.store.trial_schema import Trial


def no_p99_reasons(trials: Iterable[Trial], cell: str) -> list[str]:
    """Return why valid trials of *cell* have no p99, one reason per trial without one."""
    reasons = [no_p99_reason(trial) for trial in trials if trial.cell == cell and trial.valid]
    return [reason for reason in reasons if reason]


def p99_notes(trials: Sequence[Trial], cells: Iterable[str]) -> Iterator[str]:
    """Yield a sentence per cell whose p99 is missing in some or all of its valid blocks."""
    for cell in cells:
        reasons = no_p99_reasons(trials, cell)
        valid = sum(trial.cell == cell and trial.valid for trial in trials)
        if reasons:
            blocks = "" if len(reasons) == valid else f" in {len(reasons)} of {valid} blocks"
            yield f"{cell} has no p99{blocks}: {reasons[0]}."
