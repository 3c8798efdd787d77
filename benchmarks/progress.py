"""How far a run is: a bar with an estimate in a terminal, plain lines elsewhere. Always on standard error."""

import sys
from collections.abc import Sequence
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from benchmarks.plan import PlannedTrial
from benchmarks.results.store.schema import Trial


class Watcher(Protocol):
    """What a run tells while it goes on."""

    def say(self, text: str) -> None:
        """Tell something that is neither a trial's begin nor its end."""

    def begun(self, step: PlannedTrial, left_s: float) -> None:
        """Tell that a trial begins, and how long the run is likely to take from now."""

    def ended(self, trial: Trial, done: int, total: int) -> None:
        """Tell how a trial ended, and how many of all are done."""

    def close(self) -> None:
        """Give the terminal back."""


class PlainLines:
    """One line for each event."""

    def say(self, text: str) -> None:
        """Print *text*."""
        print(text, file=sys.stderr, flush=True)

    def begun(self, step: PlannedTrial, left_s: float) -> None:
        """Print what begins and what is left."""
        again = f" (attempt {step.attempt})" if step.attempt > 1 else ""
        self.say(f"block {step.block + 1}: {step.cell}{again}; {duration(left_s)} left")

    def ended(self, trial: Trial, done: int, total: int) -> None:
        """Print the outcome."""
        self.say(f"  [{done}/{total}] {outcome(trial)}")

    def close(self) -> None:
        """Do nothing: lines hold no terminal."""


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

    def say(self, text: str) -> None:
        """Print *text* above the bar."""
        self._progress.console.print(text, markup=False, highlight=False)

    def begun(self, step: PlannedTrial, left_s: float) -> None:
        """Show what runs and what is left."""
        told = f"block {step.block + 1}: {step.cell}"
        self._progress.update(self._task, description=told, left=f"{duration(left_s)} left")

    def ended(self, trial: Trial, done: int, total: int) -> None:
        """Print the outcome and move the bar."""
        self.say(f"block {trial.block + 1}: {trial.cell}: {outcome(trial)}")
        self._progress.update(self._task, completed=done, total=total)

    def close(self) -> None:
        """Take the bar away."""
        self._progress.stop()


def watcher(total: int) -> Watcher:
    """Return the one that suits standard error."""
    console = Console(stderr=True)
    return Bar(console, total) if console.is_terminal else PlainLines()


def outcome(trial: Trial) -> str:
    """Return a trial's result in one line."""
    if not trial.valid:
        return f"invalid: {trial.failure}"
    told, spread = f"{trial.throughput_per_s:.0f} requests/s", trial.response_ms
    return f"{told}, p50 {spread.p50:.1f} ms, p99 {spread.p99:.1f} ms" if spread else told


def duration(seconds: float) -> str:
    """Return *seconds* as a person says it."""
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 90 else f"{seconds / 3600:.1f} h"


def left_s(durations_s: Sequence[float], guess_s: float, remaining: int) -> float:
    """Return how long *remaining* trials take, from those that ended and else from *guess_s*."""
    each = sum(durations_s) / len(durations_s) if durations_s else guess_s
    return each * remaining
