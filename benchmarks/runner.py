"""A run from its first trial to its last, each stored as it ends."""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial

from benchmarks.capacity_search import make_probes
from benchmarks.deployment import Runtimes
from benchmarks.ending import how_it_ends
from benchmarks.open_rate import idle_cpu, with_open_rate
from benchmarks.plan import PlannedTrial, remaining, trials_estimate_s, within_budget_s
from benchmarks.progress import left_s
from benchmarks.results.command_lines import variant
from benchmarks.results.store.files import append_trial, write_run
from benchmarks.results.store.schema import Cell, Run
from benchmarks.results.store.trial_schema import Trial
from benchmarks.run_context import RunContext, loads_of, make_trial, start, warm
from benchmarks.run_document import UnfitError, with_clients
from benchmarks.trial import interrupted_trial


def make_run(context: RunContext, trials: Sequence[Trial]) -> tuple[Run, list[Trial]]:
    """Make every trial that is missing from *trials*, storing each as it ends; return the run and all trials.

    Then search the capacities, if the run asks for them. Raise `UnfitError` where a runtime does not start.
    """
    made = list(trials)
    cells = {cell.name: cell for cell in context.run.cells}
    with Runtimes(context.commands, context.folder, partial(warm, context)) as runtimes:
        start(context, runtimes, [cells[name] for name in needed_cells(context, made)])
        context = prepared(context, runtimes)
        durations_s: list[float] = []
        block = None
        while missing := context.missing(made):
            show_start(context, missing[0], made, durations_s)
            started_s = time.monotonic()
            if context.run.against and block not in (None, missing[0].block):
                renew(context, runtimes, missing[0].block)
            block = missing[0].block
            made.append(stored_trial(context, cells[missing[0].cell], missing[0], runtimes))
            durations_s.append(time.monotonic() - started_s)
            context = after_trial(context, made, durations_s[-1])
            show_end(context, made)
        context = stored(context, context.run.model_copy(update={"ended": how_it_ends(context.run, made)}))
        if context.run.capacity:
            make_probes(context, context.run.capacity, made, runtimes)
    return context.run, made


def renew(context: RunContext, runtimes: Runtimes, block: int) -> None:
    """Start every runtime that *block* needs afresh.

    Two runtimes of the same code differ for as long as they run, by what their Java has compiled; only fresh
    ones in each block make that a part of the noise between blocks.
    """
    runtimes.stop()
    cells = [cell for cell in context.run.cells if cell.name in context.run.order[block]]
    with suppress(UnfitError):  # the trials try once more, and record why it fails
        start(context, runtimes, cells)


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


def needed_cells(context: RunContext, trials: Sequence[Trial]) -> list[str]:
    """Return the cells that may still be tried; none where the run has ended."""
    if not context.missing(trials):
        return []
    return [planned.cell for planned in remaining(context.run.order, trials, context.run.attempts)]


def after_trial(context: RunContext, trials: Sequence[Trial], took_s: float) -> RunContext:
    """Store the run after the last of *trials*, which took *took_s*, and return its context."""
    measured_s = context.run.measured_s + took_s
    return stored(context, with_clients(context.run.model_copy(update={"measured_s": measured_s}), trials))


def stored(context: RunContext, run: Run) -> RunContext:
    """Store *run*, and return its context."""
    write_run(context.folder, run)
    return replace(context, run=run)


def show_start(
    context: RunContext, planned: PlannedTrial, trials: Sequence[Trial], durations_s: Sequence[float]
) -> None:
    """Show which trial starts, and how long this one and those that may follow are likely to take."""
    left = len(remaining(context.run.order, trials, context.run.attempts))
    takes_s = left_s(durations_s, trials_estimate_s(context.run, 1), left)
    context.display.trial_started(planned, within_budget_s(context.run, takes_s))


def show_end(context: RunContext, trials: Sequence[Trial]) -> None:
    """Show the outcome of the last of *trials*."""
    total = sum(map(len, context.run.order))
    left = len(remaining(context.run.order, trials, context.run.attempts))
    context.display.trial_ended(trials[-1], total - left, total)


def stored_trial(context: RunContext, cell: Cell, planned: PlannedTrial, runtimes: Runtimes) -> Trial:
    """Make and store one trial; an interruption is stored too, and raised."""
    try:
        trial = make_trial(context, cell, planned, runtimes, loads_of(context.run, cell))
    except KeyboardInterrupt:
        append_trial(context.folder, interrupted_trial(planned))
        raise
    append_trial(context.folder, trial)
    return trial
