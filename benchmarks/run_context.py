"""A run that is being made: what it is made of, and how each of its trials is."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.deployment import Runtime, Runtimes
from benchmarks.environment import read_environment
from benchmarks.plan import PlannedTrial, remaining, warming
from benchmarks.progress import Watcher
from benchmarks.results.command_lines import CommandLines, Timing, variant
from benchmarks.results.store.schema import Cell, Environment, Run, Trial
from benchmarks.run_document import UnfitError
from benchmarks.subprocesses import SubprocessError
from benchmarks.trial import Site, blank_trial, failed, make_trial_record, trial_name


@dataclass(frozen=True)
class Surroundings:
    """The command lines of the other parts, and how to find out where we are."""

    commands: CommandLines = field(default_factory=CommandLines)
    read_environment: Callable[[], Environment] = read_environment


@dataclass(frozen=True)
class RunContext:
    """A run that is being made: its plan, where it is stored, what it calls, and who is told."""

    run: Run
    folder: Path
    commands: CommandLines
    watcher: Watcher

    def missing(self, trials: Sequence[Trial]) -> list[PlannedTrial]:
        """Return the trials that are still to be made beside *trials*."""
        return remaining(self.run.order, trials, self.run.attempts)


def start(campaign: RunContext, runtimes: Runtimes, cells: Sequence[Cell]) -> None:
    """Start and warm every runtime that *cells* need."""
    variants = dict.fromkeys(map(variant, cells))
    campaign.watcher.say(
        f"starting Kafka, Flink and the functions: {', '.join(one.name for one in variants)}"
    )
    try:
        runtimes.start(variants)
    except SubprocessError as error:
        raise UnfitError(str(error), error.exit_code if error.exit_code in (2, 3) else 3) from error


def make_trial(
    campaign: RunContext, cell: Cell, step: PlannedTrial, runtimes: Runtimes, lasting: Timing
) -> Trial:
    """Make one trial beside the runtime of *cell*, which is started again where it was lost."""
    try:
        runtime = runtimes.get(variant(cell))
    except SubprocessError as error:
        return failed(blank_trial(step), f"the runtime was lost and did not start again: {error}")
    site = Site(campaign.commands, campaign.folder, runtime, tuple(runtimes.pids()), campaign.run.limits)
    return make_trial_record(site, cell, step, lasting, campaign.run.seed)


def warm(campaign: RunContext, runtime: Runtime) -> None:
    """Load a fresh runtime through an endpoint of its first cell, so that Java has compiled; keep nothing."""
    run, name = campaign.run, runtime.variant.name
    if run.runtime_warm_up_s <= 0:
        return
    campaign.watcher.say(f"warming {name} for {run.runtime_warm_up_s:g} s")
    cell = next(cell for cell in run.cells if variant(cell) == runtime.variant)
    site = Site(campaign.commands, campaign.folder, runtime, (runtime.pid,), run.limits)
    step = PlannedTrial(f"warm-up-{name}", 0, 1)
    trial = make_trial_record(site, cell, step, warming(run), run.seed)
    shutil.rmtree(campaign.folder / "samples" / trial_name(step), ignore_errors=True)
    if not trial.valid:
        campaign.watcher.say(f"the warm-up of {name} was no good: {trial.failure}")
