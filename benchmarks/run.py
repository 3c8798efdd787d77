"""A run: what is planned, stored first; then trial after trial, each stored as it ends."""

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from benchmarks import parts
from benchmarks.child import ChildError
from benchmarks.commands import Commands
from benchmarks.plan import (
    Catalogued,
    Step,
    draw_order,
    excluded,
    expand,
    remaining,
    timing,
    trial_estimate_s,
    variant,
    warming,
)
from benchmarks.profile import Profile
from benchmarks.progress import Watcher, left_s
from benchmarks.results.schema import Cell, Environment, LeftOut, Run, Trial
from benchmarks.results.statistics import blocks_needed
from benchmarks.results.store import append_trial, write_run
from benchmarks.runtime import Runtime, Runtimes
from benchmarks.trial import Site, blank_trial, conduct_trial, cut_off, failed, trial_name

PLANNED = ("profile", "seed", "blocks", "warm_up_s", "warm_up_at_most_s", "window_s", "runtime_warm_up_s")
PLANNED_TOO = ("attempts", "limits", "smallest_difference", "reference", "cells", "left_out", "order")


class UnfitError(Exception):
    """The run cannot start; *exit_code* is that of the part that refused."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def plan_run(name: str, profile: Profile, catalogued: Catalogued, environment: Environment) -> Run:
    """Return the run that *profile* asks for, on this machine, from now."""
    wanted = expand(profile, catalogued)
    refusals = {cell.name: parts.refusal(cell) for cell in wanted}
    cells = [
        cell for cell in wanted if refusals[cell.name] is None and refusals.get(cell.twin_of or "") is None
    ]
    refused = [LeftOut(cell=cell, reason=reason) for cell, reason in refusals.items() if reason]
    if refusal := refusals[profile.reference]:
        raise UnfitError(f"the reference {profile.reference} cannot run here: {refusal}", 3)
    now = datetime.now(UTC)
    blocks = blocks_of(profile, cells)
    return Run(
        run_id=f"{name}-{now:%Y%m%d-%H%M%S}",
        profile=name,
        seed=profile.seed,
        blocks=blocks,
        warm_up_s=profile.warm_up_s,
        warm_up_at_most_s=profile.warm_up_at_most_s,
        window_s=profile.window_s,
        runtime_warm_up_s=profile.runtime_warm_up_s,
        attempts=profile.attempts,
        limits=profile.limits,
        smallest_difference=profile.smallest_difference,
        reference=profile.reference,
        started_at=now.isoformat(timespec="seconds"),
        environment=environment,
        cells=cells,
        order=draw_order(cells, blocks, profile.seed),
        left_out=[*excluded(profile, catalogued), *refused],
    )


def blocks_of(profile: Profile, cells: Sequence[Cell]) -> int:
    """Return how many blocks *profile* asks for with these *cells*."""
    compared = sum(cell.name != profile.reference and cell.twin_of is None for cell in cells)
    return blocks_needed(compared) if profile.blocks == "enough" else profile.blocks


def plan_differences(before: Run, now: Run) -> list[str]:
    """Return a phrase for each setting in which two plans differ."""
    pairs = [(name, getattr(before, name), getattr(now, name)) for name in (*PLANNED, *PLANNED_TOO)]
    return [_difference(name, old, new) for name, old, new in pairs if old != new]


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


def conduct_run(campaign: Campaign, trials: Sequence[Trial]) -> list[Trial]:
    """Make every trial that *trials* lack, storing each as it ends; return them all.

    Raise `UnfitError` where the runtimes do not even start.
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
    return every


def tell_begin(campaign: Campaign, missing: Sequence[Step], durations_s: Sequence[float]) -> None:
    """Tell which trial begins and what is left."""
    guess_s = trial_estimate_s(timing(campaign.run))
    campaign.watcher.begun(missing[0], left_s(durations_s, guess_s, len(missing)))


def tell_end(campaign: Campaign, trials: Sequence[Trial]) -> None:
    """Tell how the last of *trials* ended."""
    total = sum(map(len, campaign.run.order))
    campaign.watcher.ended(trials[-1], total - len(campaign.missing(trials)), total)


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


def stored_trial(campaign: Campaign, cell: Cell, step: Step, runtimes: Runtimes) -> Trial:
    """Make and store one trial; an interruption is stored too, and raised."""
    try:
        trial = _trial(campaign, cell, step, runtimes)
    except KeyboardInterrupt:
        append_trial(campaign.folder, cut_off(step))
        raise
    append_trial(campaign.folder, trial)
    return trial


def _trial(campaign: Campaign, cell: Cell, step: Step, runtimes: Runtimes) -> Trial:
    try:
        runtime = runtimes.get(variant(cell))
    except ChildError as error:
        return failed(blank_trial(step), f"the runtime was lost and did not start again: {error}")
    site = Site(campaign.commands, campaign.folder, runtime, tuple(runtimes.pids()))
    return conduct_trial(site, cell, step, timing(campaign.run), campaign.run.limits, campaign.run.seed)


def warm(campaign: Campaign, runtime: Runtime) -> None:
    """Load a fresh runtime through an endpoint of its first cell, so that Java has compiled; keep nothing."""
    run, name = campaign.run, runtime.variant.name
    if run.runtime_warm_up_s <= 0:
        return
    campaign.watcher.say(f"warming {name} for {run.runtime_warm_up_s:g} s")
    cell = next(cell for cell in run.cells if variant(cell) == runtime.variant)
    site = Site(campaign.commands, campaign.folder, runtime, (runtime.pid,))
    step = Step(f"warm-up-{name}", 0, 1)
    trial = conduct_trial(site, cell, step, warming(run), run.limits, run.seed)
    shutil.rmtree(campaign.folder / "samples" / trial_name(step), ignore_errors=True)
    if not trial.valid:
        campaign.watcher.say(f"the warm-up of {name} was no good: {trial.failure}")


def with_settings(run: Run) -> Run:
    """Return *run* with the settings in force of each cell's server."""
    settings = {cell.name: parts.settings(cell) for cell in run.cells}
    return run.model_copy(update={"settings": settings})


def with_clients(run: Run, trials: Sequence[Trial]) -> Run:
    """Return *run* with the settings of each cell's client, as its first trial told them."""
    told = {trial.cell: trial.client for trial in reversed(trials) if trial.client}
    settings = {
        cell: known.model_copy(update={"client": told.get(cell, known.client)})
        for cell, known in run.settings.items()
    }
    return run.model_copy(update={"settings": settings})


def finish(folder: Path, run: Run, trials: Sequence[Trial]) -> Run:
    """Store that every trial was made."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    finished = with_clients(run, trials).model_copy(update={"finished_at": now})
    write_run(folder, finished)
    return finished


def _difference(name: str, old: object, new: object) -> str:
    simple = isinstance(old, int | float | str)
    return f"{name} was {old} and is {new}" if simple else f"{name} differ"
