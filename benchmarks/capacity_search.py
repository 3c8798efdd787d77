"""Capacities: after a run's trials, the rates that each cell sustains, and its response times below them."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Literal

import numpy as np

from benchmarks.deployment import Runtimes
from benchmarks.plan import PlannedTrial
from benchmarks.results.command_lines import Timing
from benchmarks.results.judge.capacity import (
    Tried,
    backlog_growth,
    bracket,
    saturation,
    searched,
    slo_misses,
    tells_nothing,
    unbalanced,
)
from benchmarks.results.store.files import append_probe, read_probes
from benchmarks.results.store.schema import CapacityPlan, Cell, Load, Probe, Run, Trial
from benchmarks.run_context import RunContext, make_trial


@dataclass(frozen=True)
class SearchRule:
    """Where a search starts, by what factor it goes on, and when it ends."""

    start_per_s: float
    growth: float
    precision: float
    """It ends when the lowest rate missed is at most this (relative) above the highest one sustained."""
    rates_at_most: int


def next_rate(tried: Sequence[Tried], rule: SearchRule) -> float | None:
    """Return the rate to try after those *tried*; None when the search has ended."""
    low, high = bracket(tried)
    if len(tried) >= rule.rates_at_most:
        return None
    if high is None:
        return rule.start_per_s if low is None else low * rule.growth
    if low is None:
        return high / rule.growth
    return sqrt(low * high) if high > low * (1 + rule.precision) else None


def search(is_sustained: Callable[[float], bool], rule: SearchRule) -> list[Tried]:
    """Return every rate that was tried, and whether *is_sustained* said that it holds."""
    tried: list[Tried] = []
    while (rate := next_rate(tried, rule)) is not None:
        tried.append(Tried(rate, is_sustained(rate)))
    return tried


@dataclass(frozen=True)
class Due:
    """A probe that is to be made next."""

    cell: str
    stage: Literal["search", "fraction", "common"]
    rate_per_s: float
    fraction: float | None
    block: int
    attempt: int

    @property
    def label(self) -> str:
        """What tells its files from those of other trials."""
        return f"{self.stage} {self.rate_per_s:g} per s"


def make_probes(
    campaign: RunContext, plan: CapacityPlan, trials: Sequence[Trial], runtimes: Runtimes
) -> list[Probe]:
    """Make every probe that is still missing, storing each as it ends; return them all."""
    probes = read_probes(campaign.folder)
    cells = {cell.name: cell for cell in campaign.run.cells}
    while due := next_probe(campaign.run, plan, trials, probes):
        campaign.watcher.say(f"{due.cell} at {due.rate_per_s:g}/s ({due.stage})")
        probes.append(make_probe(campaign, plan, cells[due.cell], due, runtimes))
        append_probe(campaign.folder, probes[-1])
        campaign.watcher.say(f"  {outcome(probes[-1])}")
    return probes


def outcome(probe: Probe) -> str:
    """Return how *probe* ended in a line."""
    spread = probe.trial.response_ms
    told = f"p99 {spread.p99:.1f} ms" if spread else "no answer"
    return f"sustained, {told}" if probe.sustained else f"not sustained: {probe.reason}"


def next_probe(run: Run, plan: CapacityPlan, trials: Sequence[Trial], probes: Sequence[Probe]) -> Due | None:
    """Return the probe that is to be made next, or None: first every search, then the response times."""
    names = [cell.name for cell in run.cells if cell.twin_of is None]
    order = random.Random(run.seed).sample(names, len(names))
    searches = (search_due(run, plan, cell, trials, probes) for cell in order)
    below = (due for due in points_due(run, plan, probes) if not settled(run, due, probes))
    return next((due for due in searches if due), None) or next(below, None)


def search_due(
    run: Run, plan: CapacityPlan, cell: str, trials: Sequence[Trial], probes: Sequence[Probe]
) -> Due | None:
    """Return the next rate of the search of *cell*, or None where it has ended or cannot be."""
    mine = [probe for probe in probes if probe.trial.cell == cell and probe.stage == "search"]
    closed_per_s = saturation(cell, trials)
    if closed_per_s is None or any(map(unbalanced, mine)):
        return None
    if mine and tells_nothing(mine[-1]) and (tries := times_tried(mine)) < run.attempts:
        return Due(cell, "search", mine[-1].rate_per_s, None, 0, tries + 1)
    rule = SearchRule(plan.start_fraction * closed_per_s, plan.growth, plan.precision, plan.rates_at_most)
    rate = next_rate([Tried(one.rate_per_s, one.sustained) for one in searched(mine)], rule)
    return None if rate is None else Due(cell, "search", rounded(rate), None, 0, 1)


def times_tried(probes: Sequence[Probe]) -> int:
    """Return how often the rate of the last of *probes* was tried."""
    return sum(probe.rate_per_s == probes[-1].rate_per_s for probe in probes)


def points_due(run: Run, plan: CapacityPlan, probes: Sequence[Probe]) -> Iterator[Due]:
    """Yield the probes below the capacities, block by block, in an order that the seed decides."""
    found = known_capacities(run, probes)
    if not found:
        return
    common = rounded(plan.common_fraction * min(found.values()))
    due = [Due(cell, "common", common, None, 0, 1) for cell in found]
    due += [
        Due(cell, "fraction", rounded(fraction * capacity), fraction, 0, 1)
        for cell, capacity in found.items()
        for fraction in plan.fractions
    ]
    dice = random.Random(run.seed)
    for block in range(plan.blocks):
        yield from (in_block(one, block, probes) for one in dice.sample(due, len(due)))


def known_capacities(run: Run, probes: Sequence[Probe]) -> dict[str, float]:
    """Return the capacity of each cell that has one."""
    found: dict[str, float] = {}
    for cell in run.cells:
        mine = [probe for probe in probes if probe.trial.cell == cell.name]
        low, _ = bracket([Tried(one.rate_per_s, one.sustained) for one in searched(mine)])
        if low is not None and not any(map(unbalanced, mine)):
            found[cell.name] = low
    return found


def in_block(due: Due, block: int, probes: Sequence[Probe]) -> Due:
    """Return *due* in *block*, at the attempt that is its turn."""
    before = [one for one in probes if same(due, one) and one.trial.block == block]
    return Due(due.cell, due.stage, due.rate_per_s, due.fraction, block, len(before) + 1)


def settled(run: Run, due: Due, probes: Sequence[Probe]) -> bool:
    """Tell whether *due* needs no further attempt."""
    before = [one for one in probes if same(due, one) and one.trial.block == due.block]
    return due.attempt > run.attempts or any(one.trial.valid for one in before)


def same(due: Due, probe: Probe) -> bool:
    """Tell whether *probe* is one of *due*, in whatever block."""
    theirs = (probe.trial.cell, probe.stage, probe.rate_per_s, probe.fraction)
    return theirs == (due.cell, due.stage, due.rate_per_s, due.fraction)


def make_probe(campaign: RunContext, plan: CapacityPlan, cell: Cell, due: Due, runtimes: Runtimes) -> Probe:
    """Make one probe: an open loop of *cell*, judged by the objective."""
    probed = cell.model_copy(update={"load": Load(kind="open", rate_per_s=due.rate_per_s)})
    step = PlannedTrial(due.cell, due.block, due.attempt, due.label)
    trial = make_trial(campaign, probed, step, runtimes, Timing(plan.warm_up_s, plan.window_s))
    growth = growth_of(campaign.folder, trial)
    reason = "; ".join(slo_misses(trial, growth, plan.slo)) or trial.failure
    return Probe(
        stage=due.stage,
        rate_per_s=due.rate_per_s,
        fraction=due.fraction,
        backlog_growth=growth,
        sustained=reason is None,
        reason=reason,
        trial=trial,
    )


def growth_of(folder: Path, trial: Trial) -> float | None:
    """Return how fast the backlog of *trial* grew; None where it left no samples."""
    start_ns, end_ns = trial.window_start_ns, trial.window_end_ns
    if trial.samples is None or start_ns is None or end_ns is None:
        return None
    return backlog_growth(np.load(folder / trial.samples), start_ns, end_ns)


def rounded(rate_per_s: float) -> float:
    """Return *rate_per_s* to three digits, as it is asked for and told."""
    return float(f"{rate_per_s:.3g}")
