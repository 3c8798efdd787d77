"""A run from its first trial to its last, each stored as it ends."""

import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from benchmarks.capacity_search import make_probes
from benchmarks.deployment import Runtimes
from benchmarks.open_rate import idle_cpu, with_open_rate
from benchmarks.plan import PlannedTrial, trial_estimate_s
from benchmarks.progress import left_s
from benchmarks.results.command_lines import timing, variant
from benchmarks.results.store.files import append_trial, write_run
from benchmarks.results.store.schema import Cell, Run
from benchmarks.results.store.trial_schema import Trial
from benchmarks.run_context import RunContext, loads_of, make_trial, start, warm
from benchmarks.run_document import with_clients
from benchmarks.trial import interrupted_trial


def make_run(context: RunContext, trials: Sequence[Trial]) -> tuple[Run, list[Trial]]:
    """Make every trial that is missing from *trials*, storing each as it ends; return the run and all trials.

    Then search the capacities, if the run asks for them. Raise `UnfitError` where a runtime does not start.
    """
    made = list(trials)
    cells = {cell.name: cell for cell in context.run.cells}
    with Runtimes(context.commands, context.folder, partial(warm, context)) as runtimes:
        start(context, runtimes, [cells[planned.cell] for planned in context.missing(made)])
        context = prepared(context, runtimes)
        durations_s: list[float] = []
        while missing := context.missing(made):
            show_start(context, missing, durations_s)
            started_s = time.monotonic()
            made.append(stored_trial(context, cells[missing[0].cell], missing[0], runtimes))
            durations_s.append(time.monotonic() - started_s)
            write_run(context.folder, with_clients(context.run, made))
            show_end(context, made)
        if context.run.capacity:
            make_probes(context, context.run.capacity, made, runtimes)
    return context.run, made


def prepared(context: RunContext, runtimes: Runtimes) -> RunContext:
    """Measure the idle CPU time and the rate of the open loops, and store them; return the new context."""
    run = context.run
    if run.runtime_warm_up_s and not run.idle_cpu:
        cell = next(cell for cell in run.cells if cell.baseline is None or len(run.cells) == 1)
        run = run.model_copy(update={"idle_cpu": idle_cpu(runtimes.get(variant(cell)))})
    context = replace(context, run=run)
    context = replace(context, run=with_open_rate(context, runtimes))
    write_run(context.folder, context.run)
    return context


def show_start(context: RunContext, missing: Sequence[PlannedTrial], durations_s: Sequence[float]) -> None:
    """Show which trial starts, and how long the missing ones are likely to take."""
    guess_s = trial_estimate_s(timing(context.run))
    context.display.trial_started(missing[0], left_s(durations_s, guess_s, len(missing)))


def show_end(context: RunContext, trials: Sequence[Trial]) -> None:
    """Show the outcome of the last of *trials*."""
    total = sum(map(len, context.run.order))
    context.display.trial_ended(trials[-1], total - len(context.missing(trials)), total)


def stored_trial(context: RunContext, cell: Cell, planned: PlannedTrial, runtimes: Runtimes) -> Trial:
    """Make and store one trial; an interruption is stored too, and raised."""
    try:
        trial = make_trial(context, cell, planned, runtimes, loads_of(context.run, cell))
    except KeyboardInterrupt:
        append_trial(context.folder, interrupted_trial(planned))
        raise
    append_trial(context.folder, trial)
    return trial
