"""A run in progress: what all of its trials share, the start of its runtimes, and one trial on them."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.deployment import Runtime, Runtimes
from benchmarks.ending import due
from benchmarks.environment import ROOT, read_environment
from benchmarks.loads import TrialContext
from benchmarks.machine_speed import measure_speed
from benchmarks.plan import PlannedTrial, warming
from benchmarks.progress import ProgressDisplay
from benchmarks.results.command_lines import CommandLines, Timing, is_loaded_openly, timing, variant
from benchmarks.results.store.schema import Cell, Environment, Run
from benchmarks.results.store.trial_schema import MachineSpeed, Trial
from benchmarks.run_document import UnfitError
from benchmarks.subprocesses import SubprocessError
from benchmarks.trial import TrialLoads, failed, make_trial_record, started_trial, trial_name


@dataclass(frozen=True)
class Dependencies:
    """The other parts' command lines, and the reader of the environment; tests pass doubles."""

    commands: CommandLines = field(default_factory=CommandLines)
    read_environment: Callable[[], Environment] = read_environment
    measure_speed: Callable[[], MachineSpeed] = measure_speed
    checkout: Path = ROOT
    """Where another version of this code comes from."""


@dataclass(frozen=True)
class RunContext:
    """A run in progress: its plan, its folder, the commands that it calls, and where progress is shown."""

    run: Run
    folder: Path
    commands: CommandLines
    display: ProgressDisplay
    measure_speed: Callable[[], MachineSpeed] = measure_speed

    def missing(self, trials: Sequence[Trial]) -> list[PlannedTrial]:
        """Return the trials that are to be made next, as far as *trials* decide it."""
        return due(self.run, trials)


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
    context: RunContext, cell: Cell, planned: PlannedTrial, runtimes: Runtimes, loads: TrialLoads
) -> Trial:
    """Make one trial on the runtime of *cell*, which is started again if it has ended."""
    try:
        runtime = runtimes.get(variant(cell))
    except SubprocessError as error:
        return failed(started_trial(planned), f"the runtime ended and did not start again: {error}")
    return make_trial_record(trial_context(context, runtime, runtimes.pids()), cell, planned, loads)


def trial_context(context: RunContext, runtime: Runtime, pids: Sequence[int]) -> TrialContext:
    """Return what a trial on *runtime* needs; *pids* are the root processes of all runtimes."""
    run = context.run
    return TrialContext(
        context.commands, context.folder, runtime, tuple(pids), run.limits, context.measure_speed
    )


def loads_of(run: Run, cell: Cell) -> TrialLoads:
    """Return the loads of each trial of *cell*: an open loop follows a closed one, but for baselines."""
    plan, rate = run.open, run.open_rate_per_s
    if plan is None or rate is None or not is_loaded_openly(run, cell):
        return TrialLoads(timing(run), run.seed)
    return TrialLoads(timing(run), run.seed, rate, Timing(plan.warm_up_s, plan.window_s))


def warm(context: RunContext, runtime: Runtime) -> None:
    """Load a fresh runtime through an endpoint of its first cell, so that Java has compiled; keep nothing."""
    run, name = context.run, runtime.variant.name
    if run.runtime_warm_up_s <= 0:
        return
    context.display.message(f"warming {name} for {run.runtime_warm_up_s:g} s")
    cell = next(cell for cell in run.cells if variant(cell) == runtime.variant)
    trial = discarded_trial(context, cell, f"warm-up-{name}", runtime, warming(run))
    if not trial.valid:
        context.display.message(f"warm-up of {name} failed: {trial.failure}")


def discarded_trial(context: RunContext, cell: Cell, name: str, runtime: Runtime, length: Timing) -> Trial:
    """Make a trial of which no sample is kept; *name* names its logs."""
    planned = PlannedTrial(name, 0, 1)
    own = trial_context(context, runtime, (runtime.pid,))
    trial = make_trial_record(own, cell, planned, TrialLoads(length, context.run.seed))
    shutil.rmtree(context.folder / "samples" / trial_name(planned), ignore_errors=True)
    return trial
