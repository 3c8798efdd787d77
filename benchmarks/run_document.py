"""The document `run.json`: the plan, stored before the first trial, and what is added until the run ends."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import availability
from benchmarks.plan import CatalogueNames, draw_order, excluded, expand, other_name, with_version
from benchmarks.profile import Profile, ProfileError
from benchmarks.results.judge.sequential import blocks_needed
from benchmarks.results.store.files import write_run
from benchmarks.results.store.schema import Against, Cell, Environment, LeftOut, Run, Settings
from benchmarks.results.store.trial_schema import Trial

PLANNED = (
    "profile",
    "seed",
    "blocks",
    "budget_s",
    "warm_up_s",
    "warm_up_at_most_s",
    "window_s",
    "runtime_warm_up_s",
)
PLANNED_TOO = (
    "attempts",
    "limits",
    "smallest_difference",
    "reference",
    "cells",
    "left_out",
    "order",
    "capacity",
    "open",
    "against",
)


class UnfitError(Exception):
    """The run cannot start; *exit_code* is that of the part that refused."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def plan_run(
    name: str,
    profile: Profile,
    names: CatalogueNames,
    environment: Environment,
    against: Against | None = None,
) -> Run:
    """Return the run that *profile* asks for, on this machine and starting now.

    With *against* each cell is measured in that version too; baselines and capacities are left out.
    """
    wanted = expand(profile, names)
    refusals = {cell.name: availability.refusal(cell) for cell in wanted}
    cells = [
        cell for cell in wanted if refusals[cell.name] is None and refusals.get(cell.twin_of or "") is None
    ]
    refused = [LeftOut(cell=cell, reason=reason) for cell, reason in refusals.items() if reason]
    if refusal := refusals[profile.reference]:
        raise UnfitError(f"the reference {profile.reference} cannot run here: {refusal}", 3)
    now = datetime.now(UTC)
    blocks = blocks_of(profile, cells)
    run = Run(
        run_id=f"{name}-{now:%Y%m%d-%H%M%S}",
        profile=name,
        seed=profile.seed,
        blocks=blocks,
        budget_s=profile.budget_s if profile.blocks == "until-decided" else None,
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
        capacity=profile.capacity,
        open=profile.open,
        left_out=[*excluded(profile, names), *refused],
    )
    return of_two_versions(run, profile, against) if against else run


def of_two_versions(run: Run, profile: Profile, against: Against) -> Run:
    """Return *run* with each cell in the version *against* too, without baselines and capacities."""
    reason = "a baseline is not compared with another version of itself"
    baselines = [LeftOut(cell=cell.name, reason=reason) for cell in run.cells if cell.baseline is not None]
    cells = with_version(run.cells, against.commit)
    blocks = blocks_of(profile, cells)
    more = {
        "cells": cells,
        "blocks": blocks,
        "order": draw_order(cells, blocks, profile.seed),
        "reference": version_reference(cells, run.reference, against),
        "left_out": [*run.left_out, *baselines],
        "capacity": None,
        "against": against,
    }
    return run.model_copy(update=more)


def version_reference(cells: Sequence[Cell], wanted: str, against: Against) -> str:
    """Return the cell of the other version that is the reference: that of *wanted*, or else the first."""
    others = [cell.name for cell in cells if cell.version is not None]
    if not others:
        raise ProfileError("every cell of the profile is a baseline, and those are of one version only")
    name = other_name(wanted, against.commit)
    return name if name in others else others[0]


def blocks_of(profile: Profile, cells: Sequence[Cell]) -> int:
    """Return the number of blocks that *profile* asks for with *cells*, or allows at most."""
    if profile.blocks == "enough":
        return blocks_needed(compared_cells(cells))
    if profile.blocks == "until-decided":
        return profile.blocks_at_most or 1
    return profile.blocks


def compared_cells(cells: Sequence[Cell]) -> int:
    """Return how many of *cells* are compared with each other; A/A twins are not."""
    return sum(cell.twin_of is None for cell in cells)


def plan_differences(before: Run, now: Run) -> list[str]:
    """Return a phrase per setting in which two plans differ."""
    pairs = [(name, getattr(before, name), getattr(now, name)) for name in (*PLANNED, *PLANNED_TOO)]
    return [_difference(name, old, new) for name, old, new in pairs if old != new]


def with_settings(run: Run) -> Run:
    """Return *run* with the settings in force of each cell's server."""
    settings = {cell.name: settings_of(cell) for cell in run.cells}
    return run.model_copy(update={"settings": settings})


def settings_of(cell: Cell) -> Settings:
    """Return the settings of *cell*; those of another version's server are not known here."""
    known = availability.settings(cell)
    return known if cell.version is None else known.model_copy(update={"server": {}})


def with_clients(run: Run, trials: Sequence[Trial]) -> Run:
    """Return *run* with the settings of each cell's client, as its first trial reported them."""
    reported = {trial.cell: trial.client for trial in reversed(trials) if trial.client}
    settings = {
        cell: known.model_copy(update={"client": reported.get(cell, known.client)})
        for cell, known in run.settings.items()
    }
    return run.model_copy(update={"settings": settings})


def finish(folder: Path, run: Run, trials: Sequence[Trial]) -> Run:
    """Store the run as finished now, and return it."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    finished = with_clients(run, trials).model_copy(update={"finished_at": now})
    write_run(folder, finished)
    return finished


def _difference(name: str, old: object, new: object) -> str:
    simple = isinstance(old, int | float | str)
    return f"{name} was {old} and is {new}" if simple else f"{name} differ"
