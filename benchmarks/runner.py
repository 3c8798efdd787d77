"""A run from its first trial to its last, each stored as it ends."""

import time
from collections.abc import Sequence
from functools import partial

from benchmarks.capacity_search import make_probes
from benchmarks.deployment import Runtimes
from benchmarks.plan import PlannedTrial, trial_estimate_s
from benchmarks.progress import left_s
from benchmarks.results.command_lines import timing
from benchmarks.results.store.files import append_trial, write_run
from benchmarks.results.store.schema import Cell, Trial
from benchmarks.run_context import RunContext, make_trial, start, warm
from benchmarks.run_document import with_clients
from benchmarks.trial import cut_off


def make_run(campaign: RunContext, trials: Sequence[Trial]) -> list[Trial]:
    """Make every trial that *trials* lack, storing each as it ends; return them all.

    Then seek the capacities, if the run wants them. Raise `UnfitError` where the runtimes do not even start.
    """
    every = list(trials)
    cells = {cell.name: cell for cell in campaign.run.cells}
    with Runtimes(campaign.commands, campaign.folder, partial(warm, campaign)) as runtimes:
        start(campaign, runtimes, [cells[step.cell] for step in campaign.missing(every)])
        durations_s: list[float] = []
        while missing := campaign.missing(every):
            tell_begin(campaign, missing, durations_s)
            begun = time.monotonic()
            every.append(stored_trial(campaign, cells[missing[0].cell], missing[0], runtimes))
            durations_s.append(time.monotonic() - begun)
            write_run(campaign.folder, with_clients(campaign.run, every))
            tell_end(campaign, every)
        if campaign.run.capacity:
            make_probes(campaign, campaign.run.capacity, every, runtimes)
    return every


def tell_begin(campaign: RunContext, missing: Sequence[PlannedTrial], durations_s: Sequence[float]) -> None:
    """Tell which trial begins and what is left."""
    guess_s = trial_estimate_s(timing(campaign.run))
    campaign.watcher.begun(missing[0], left_s(durations_s, guess_s, len(missing)))


def tell_end(campaign: RunContext, trials: Sequence[Trial]) -> None:
    """Tell how the last of *trials* ended."""
    total = sum(map(len, campaign.run.order))
    campaign.watcher.ended(trials[-1], total - len(campaign.missing(trials)), total)


def stored_trial(campaign: RunContext, cell: Cell, step: PlannedTrial, runtimes: Runtimes) -> Trial:
    """Make and store one trial; an interruption is stored too, and raised."""
    try:
        trial = make_trial(campaign, cell, step, runtimes, timing(campaign.run))
    except KeyboardInterrupt:
        append_trial(campaign.folder, cut_off(step))
        raise
    append_trial(campaign.folder, trial)
    return trial
