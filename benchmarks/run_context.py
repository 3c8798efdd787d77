"""A run in progress: what all of its trials share, the start of its runtimes, and one trial on them."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.deployment import Runtime, Runtimes
from benchmarks.environment import read_environment
from benchmarks.plan import PlannedTrial, remaining, warming
from benchmarks.progress import ProgressDisplay
from benchmarks.results.command_lines import CommandLines, Timing, variant
from benchmarks.results.store.schema import Cell, Environment, Run, Trial
from benchmarks.run_document import UnfitError
from benchmarks.subprocesses import SubprocessError
from benchmarks.trial import TrialContext, failed, make_trial_record, started_trial, trial_name


@dataclass(frozen=True)
class Dependencies:
    """The other parts' command lines, and the reader of the environment; tests pass doubles."""

    commands: CommandLines = field(default_factory=CommandLines)
    read_environment: Callable[[], Environment] = read_environment


@dataclass(frozen=True)
class RunContext:
    """A run in progress: its plan, its folder, the commands that it calls, and where progress is shown."""

    run: Run
    folder: Path
    commands: CommandLines
    display: ProgressDisplay

    def missing(self, trials: Sequence[Trial]) -> list[PlannedTrial]:
        """Return the planned trials that are not among *trials*."""
        return remaining(self.run.order, trials, self.run.attempts)


def start(context: RunContext, runtimes: Runtimes, cells: Sequence[Cell]) -> None:
    """Start and warm every runtime that *cells* need."""
    variants = dict.fromkeys(map(variant, cells))
    names = ", ".join(one.name for one in variants)
    context.display.message(f"starting Kafka, Flink and the functions: {names}")
    try:
        runtimes.start(variants)
    except SubprocessError as error:
        raise UnfitError(str(error), error.exit_code if error.exit_code in (2, 3) else 3) from error


def make_trial(
    context: RunContext, cell: Cell, planned: PlannedTrial, runtimes: Runtimes, timing: Timing
) -> Trial:
    """Make one trial on the runtime of *cell*, which is started again if it has ended."""
    try:
        runtime = runtimes.get(variant(cell))
    except SubprocessError as error:
        return failed(started_trial(planned), f"the runtime ended and did not start again: {error}")
    pids = tuple(runtimes.pids())
    trial = TrialContext(context.commands, context.folder, runtime, pids, context.run.limits)
    return make_trial_record(trial, cell, planned, timing, context.run.seed)


def warm(context: RunContext, runtime: Runtime) -> None:
    """Load a fresh runtime through an endpoint of its first cell, so that Java has compiled; keep nothing."""
    run, name = context.run, runtime.variant.name
    if run.runtime_warm_up_s <= 0:
        return
    context.display.message(f"warming {name} for {run.runtime_warm_up_s:g} s")
    cell = next(cell for cell in run.cells if variant(cell) == runtime.variant)
    planned = PlannedTrial(f"warm-up-{name}", 0, 1)
    warm_up = TrialContext(context.commands, context.folder, runtime, (runtime.pid,), run.limits)
    trial = make_trial_record(warm_up, cell, planned, warming(run), run.seed)
    shutil.rmtree(context.folder / "samples" / trial_name(planned), ignore_errors=True)
    if not trial.valid:
        context.display.message(f"warm-up of {name} failed: {trial.failure}")
