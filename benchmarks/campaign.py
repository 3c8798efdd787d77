"""A run that is being made: what it is made of, and how each of its trials is."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.child import ChildError
from benchmarks.commands import Commands
from benchmarks.plan import Step, Timing, remaining, variant, warming
from benchmarks.progress import Watcher
from benchmarks.results.schema import Cell, Run, Trial
from benchmarks.run import UnfitError
from benchmarks.runtime import Runtime, Runtimes
from benchmarks.trial import Site, blank_trial, conduct_trial, failed, trial_name


@dataclass(frozen=True)
class Campaign:
    """A run that is being made: its plan, where it is stored, what it calls, and who is told."""

    run: Run
    folder: Path
    commands: Commands
    watcher: Watcher

    def missing(self, trials: Sequence[Trial]) -> list[Step]:
        """Return the trials that are still to be made beside *trials*."""
        return remaining(self.run.order, trials, self.run.attempts)


def start(campaign: Campaign, runtimes: Runtimes, cells: Sequence[Cell]) -> None:
    """Start and warm every runtime that *cells* need."""
    variants = dict.fromkeys(map(variant, cells))
    campaign.watcher.say(
        f"starting Kafka, Flink and the functions: {', '.join(one.name for one in variants)}"
    )
    try:
        runtimes.start(variants)
    except ChildError as error:
        raise UnfitError(str(error), error.exit_code if error.exit_code in (2, 3) else 3) from error


def make_trial(campaign: Campaign, cell: Cell, step: Step, runtimes: Runtimes, lasting: Timing) -> Trial:
    """Make one trial beside the runtime of *cell*, which is started again where it was lost."""
    try:
        runtime = runtimes.get(variant(cell))
    except ChildError as error:
        return failed(blank_trial(step), f"the runtime was lost and did not start again: {error}")
    site = Site(campaign.commands, campaign.folder, runtime, tuple(runtimes.pids()), campaign.run.limits)
    return conduct_trial(site, cell, step, lasting, campaign.run.seed)


def warm(campaign: Campaign, runtime: Runtime) -> None:
    """Load a fresh runtime through an endpoint of its first cell, so that Java has compiled; keep nothing."""
    run, name = campaign.run, runtime.variant.name
    if run.runtime_warm_up_s <= 0:
        return
    campaign.watcher.say(f"warming {name} for {run.runtime_warm_up_s:g} s")
    cell = next(cell for cell in run.cells if variant(cell) == runtime.variant)
    site = Site(campaign.commands, campaign.folder, runtime, (runtime.pid,), run.limits)
    step = Step(f"warm-up-{name}", 0, 1)
    trial = conduct_trial(site, cell, step, warming(run), run.seed)
    shutil.rmtree(campaign.folder / "samples" / trial_name(step), ignore_errors=True)
    if not trial.valid:
        campaign.watcher.say(f"the warm-up of {name} was no good: {trial.failure}")
