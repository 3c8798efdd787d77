"""Progress of a run on standard error: a bar with an estimate in a terminal, plain lines elsewhere."""

import sys
from collections.abc import Sequence
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from benchmarks.plan import PlannedTrial
from benchmarks.results.judge.capacity import inconclusive
from benchmarks.results.judge.metrics import p50_ms, p99_words
from benchmarks.results.store.trial_schema import Probe, Trial


class ProgressDisplay(Protocol):
    """The progress of a run, shown to its user."""

    def message(self, text: str) -> None:
        """Show *text*."""

    def trial_started(self, planned: PlannedTrial, left_s: float) -> None:
        """Show that a trial starts, and how long the rest of the run is likely to take."""

    def trial_ended(self, trial: Trial, done: int, total: int) -> None:
        """Show the outcome of *trial*, and that *done* of *total* trials are made."""

    def close(self) -> None:
        """Release the terminal."""


class PlainLines:
    """One line for each event."""

    def message(self, text: str) -> None:
        """Print *text*."""
        print(text, file=sys.stderr, flush=True)

    def trial_started(self, planned: PlannedTrial, left_s: float) -> None:
        """Print which trial starts, and the time left."""
        again = f" (attempt {planned.attempt})" if planned.attempt > 1 else ""
        self.message(f"block {planned.block + 1}: {planned.cell}{again}; {duration(left_s)} left")

    def trial_ended(self, trial: Trial, done: int, total: int) -> None:
        """Print the outcome."""
        self.message(f"  [{done}/{total}] {trial_outcome(trial)}")

    def close(self) -> None:
        """Do nothing: lines need no terminal."""


class Bar:
    """A bar below the lines."""

    def __init__(self, console: Console, total: int) -> None:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed}/{task.total} {task.fields[left]}"),
        )
        self._progress = Progress(*columns, console=console, transient=True)
        self._task: TaskID = self._progress.add_task("starting", total=total, left="")
        self._progress.start()

    def message(self, text: str) -> None:
        """Print *text* above the bar."""
        self._progress.console.print(text, markup=False, highlight=False)

    def trial_started(self, planned: PlannedTrial, left_s: float) -> None:
        """Show which trial runs, and the time left."""
        description = f"block {planned.block + 1}: {planned.cell}"
        self._progress.update(self._task, description=description, left=f"{duration(left_s)} left")

    def trial_ended(self, trial: Trial, done: int, total: int) -> None:
        """Print the outcome and move the bar."""
        self.message(f"block {trial.block + 1}: {trial.cell}: {trial_outcome(trial)}")
        self._progress.update(self._task, completed=done, total=total)

    def close(self) -> None:
        """Remove the bar."""
        self._progress.stop()


def progress_display(total: int) -> ProgressDisplay:
    """Return a bar over *total* trials where standard error is a terminal, else plain lines."""
    console = Console(stderr=True)
    return Bar(console, total) if console.is_terminal else PlainLines()


def trial_outcome(trial: Trial) -> str:
    """Return a trial's result in one line."""
    if not trial.valid:
        return f"invalid: {trial.failure}"
    p50 = p50_ms(trial)
    median = "-" if p50 is None else f"{p50:.1f} ms"
    return f"{trial.throughput_per_s:.0f} requests/s, p50 {median}, {p99_words(trial)}"


def probe_outcome(probe: Probe) -> str:
    """Return the outcome of *probe* in one line."""
    if probe.sustained:
        return f"sustained, {p99_words(probe.trial)}"
    word = "inconclusive" if inconclusive(probe) else "not sustained"
    return f"{word}: {probe.reason}"


def duration(seconds: float) -> str:
    """Return *seconds* in seconds, minutes or hours, whichever reads best."""
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 90 else f"{seconds / 3600:.1f} h"


def left_s(durations_s: Sequence[float], guess_s: float, remaining: int) -> float:
    """Return how long *remaining* trials take: as long as those that ended, or *guess_s* each without any."""
    each = sum(durations_s) / len(durations_s) if durations_s else guess_s
    return each * remaining
