"""Cells and blocks of a profile, the trials that are still missing, and how long they take; pure."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

from benchmarks.profile import Exclusion, NamedCell, Profile, ProfileError
from benchmarks.results.command_lines import Timing, short, timing, variant
from benchmarks.results.store.schema import Cell, LeftOut, Load, Run
from benchmarks.results.store.trial_schema import Trial

DEPLOY_S = 4.0
"""Start and preflight of an endpoint: a guess, used until the first trial has ended."""
AFTER_LOAD_S = 4.0
"""Drain, ledger and stop: likewise."""
RUNTIME_START_S = 15.0
REPORT_S = 10.0
WARMING_WINDOW_S = 1.0
LIKELY_RATES, LIKELY_LATER_RATES = 6, 3
"""Rates that the search for a capacity is likely to try in its first block, and in each later one."""


@dataclass(frozen=True)
class CatalogueNames:
    """The names that `*` stands for in the axes of a profile."""

    servers: Sequence[str]
    clients: Sequence[str]
    scenarios: Sequence[str]


def expand(profile: Profile, names: CatalogueNames) -> list[Cell]:
    """Return the cells of *profile*: those written out, the product of its axes, and the A/A twin."""
    cells = [_named(profile, cell) for cell in profile.cells]
    cells += [cell for cell in _product(profile, names) if _excluded(cell, profile.exclusions) is None]
    _refuse_duplicates(cells)
    by_name = {cell.name: cell for cell in cells}
    for role, name in (("reference", profile.reference), ("twin", profile.twin)):
        if name is not None and name not in by_name:
            raise ProfileError(
                f"{role} {name!r} is no cell of the profile; choose one of {', '.join(by_name)}"
            )
    if profile.twin is None:
        return cells
    return [
        *cells,
        by_name[profile.twin].model_copy(update={"name": f"{profile.twin} (A/A)", "twin_of": profile.twin}),
    ]


def with_version(cells: Sequence[Cell], commit: str) -> list[Cell]:
    """Return *cells* without baselines, each followed by the same one of *commit*.

    Twins are not repeated. They get a runtime of their own, since the two versions have one each, and the A/A
    pair must show the noise of that too.
    """
    kept: list[Cell] = []
    for cell in cells:
        if cell.baseline is None and cell.twin_of is None:
            other = {"name": other_name(cell.name, commit), "version": commit}
            kept += [cell, cell.model_copy(update=other)]
    twins = [cell for cell in cells if cell.baseline is None and cell.twin_of is not None]
    return [*kept, *(twin.model_copy(update={"own_runtime": True}) for twin in twins)]


def other_name(cell: str, commit: str) -> str:
    """Return the name of *cell* in the version *commit*."""
    return f"{cell} (at {short(commit)})"


def excluded(profile: Profile, names: CatalogueNames) -> list[LeftOut]:
    """Return the cells of the axes that the profile excludes, with its reasons."""
    reasons = [(cell.name, _excluded(cell, profile.exclusions)) for cell in _product(profile, names)]
    return [LeftOut(cell=name, reason=reason) for name, reason in reasons if reason is not None]


def draw_order(cells: Sequence[Cell], blocks: int, seed: int) -> list[list[str]]:
    """Return per block the names of all *cells*, in an order drawn from *seed*."""
    dice = random.Random(seed)
    return [dice.sample([cell.name for cell in cells], len(cells)) for _ in range(blocks)]


@dataclass(frozen=True)
class PlannedTrial:
    """A trial that is to be made."""

    cell: str
    block: int
    attempt: int
    label: str = ""
    """Distinguishes it from other trials of its cell, block and attempt; a part of its files' names."""


def remaining(order: Sequence[Sequence[str]], trials: Sequence[Trial], attempts: int) -> list[PlannedTrial]:
    """Return the trials that are still missing, in the order of the plan, each with its next attempt."""
    planned = [
        PlannedTrial(cell, block, tried(trials, cell, block) + 1)
        for block, row in enumerate(order)
        for cell in row
    ]
    return [one for one in planned if not settled(trials, one.cell, one.block, attempts)]


def settled(trials: Sequence[Trial], cell: str, block: int, attempts: int) -> bool:
    """Return whether *cell* needs no further trial in *block*.

    A ledger that does not balance settles it too: that is a finding, and a repetition must not hide it.
    """
    mine = [trial for trial in trials if trial.cell == cell and trial.block == block]
    found = any(trial.valid or (trial.ledger and trial.ledger.verdict == "invalid") for trial in mine)
    return found or tried(mine, cell, block) >= attempts


def tried(trials: Sequence[Trial], cell: str, block: int) -> int:
    """Return how many attempts at *cell* in *block* were made and not interrupted."""
    mine = [trial for trial in trials if trial.cell == cell and trial.block == block]
    return sum(not interrupted(trial) for trial in mine)


INTERRUPTED = "interrupted"


def interrupted(trial: Trial) -> bool:
    """Return whether *trial* was stopped from outside, which is no result of its cell."""
    return trial.failure is not None and trial.failure.startswith(INTERRUPTED)


def trial_estimate_s(timing: Timing) -> float:
    """Return how long a trial is likely to take."""
    return DEPLOY_S + timing.likely_s + AFTER_LOAD_S


def trials_estimate_s(run: Run, trials: int) -> float:
    """Return how long *trials* trials of *run* are likely to take, the open loops included."""
    opened_s = run.open.warm_up_s + run.open.window_s + AFTER_LOAD_S / 2 if run.open else 0.0
    return trials * (trial_estimate_s(timing(run)) + opened_s)


def run_estimate_s(run: Run, trials: int) -> float:
    """Return how long *trials* trials of *run* and the start of its runtimes are likely to take."""
    runtimes = len({variant(cell) for cell in run.cells})
    warming_s = trial_estimate_s(warming(run)) if run.runtime_warm_up_s else 0.0
    starts_s = runtimes * (run.blocks if run.against else 1) * (RUNTIME_START_S + warming_s)
    trials_s = within_budget_s(run, trials_estimate_s(run, trials))
    return trials_s + starts_s + capacity_estimate_s(run) + REPORT_S


def within_budget_s(run: Run, takes_s: float) -> float:
    """Return *takes_s*, the time that trials are likely to take, but at most what is left of the budget."""
    return takes_s if run.budget_s is None else min(takes_s, max(run.budget_s - run.measured_s, 0.0))


def capacity_estimate_s(run: Run) -> float:
    """Return how long the capacities of *run* are likely to take."""
    plan = run.capacity
    if plan is None:
        return 0.0
    searched = LIKELY_RATES + (plan.search_blocks - 1) * LIKELY_LATER_RATES
    probes = searched + plan.blocks * (len(plan.fractions) + 1)
    cells = sum(cell.twin_of is None for cell in run.cells)
    return cells * probes * trial_estimate_s(Timing(plan.warm_up_s, plan.window_s))


def warming(run: Run) -> Timing:
    """Return the timing of the load that warms a fresh runtime of *run*."""
    return Timing(run.runtime_warm_up_s, WARMING_WINDOW_S)


def _named(profile: Profile, cell: NamedCell) -> Cell:
    return Cell(
        name=cell.name or f"{cell.server} x {cell.client}",
        server=cell.server,
        client=cell.client,
        processes=cell.processes or profile.processes,
        threads=cell.threads or profile.threads,
        scenario=cell.scenario or profile.scenario,
        load=cell.load or profile.load,
        baseline=cell.baseline,
        functions=cell.functions,
    )


def _product(profile: Profile, names: CatalogueNames) -> Iterable[Cell]:
    axes = profile.axes
    if not axes.servers and not axes.clients:
        return []
    return [
        _axis_cell(profile, *point)
        for point in product(
            _all(axes.servers, names.servers),
            _all(axes.clients, names.clients),
            _all(axes.scenarios, names.scenarios) or [profile.scenario],
            axes.processes or [profile.processes],
            axes.threads or [profile.threads],
            axes.loads or [profile.load],
        )
    ]


def _axis_cell(
    profile: Profile, server: str, client: str, scenario: str, processes: int, threads: int, load: Load
) -> Cell:
    axes = profile.axes
    suffixes = [
        *([scenario] if axes.scenarios else []),
        *([f"{processes}p{threads}t"] if axes.processes or axes.threads else []),
        *([load_words(load)] if axes.loads else []),
    ]
    return Cell(
        name=", ".join([f"{server} x {client}", *suffixes]),
        server=server,
        client=client,
        processes=processes,
        threads=threads,
        scenario=scenario,
        load=load,
    )


def load_words(load: Load) -> str:
    """Return *load* as a part of a cell's name."""
    return f"{load.users} users" if load.kind == "closed" else f"{load.rate_per_s:g}/s"


def _all(wanted: Sequence[str], known: Sequence[str]) -> Sequence[str]:
    return known if list(wanted) == ["*"] else wanted


def _excluded(cell: Cell, exclusions: Sequence[Exclusion]) -> str | None:
    return next((one.reason for one in exclusions if _matches(one, cell)), None)


def _matches(exclusion: Exclusion, cell: Cell) -> bool:
    return exclusion.server in (None, cell.server) and exclusion.client in (None, cell.client)


def _refuse_duplicates(cells: Sequence[Cell]) -> None:
    names = [cell.name for cell in cells]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ProfileError(f"cell {twice[0]!r} is in the profile twice; name one of them")
