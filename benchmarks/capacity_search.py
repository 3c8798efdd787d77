"""Search for the highest rate that each cell sustains, and response times at rates below it."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Literal

import numpy as np

from benchmarks.deployment import Runtimes
from benchmarks.plan import PlannedTrial
from benchmarks.progress import probe_outcome
from benchmarks.results.command_lines import Timing
from benchmarks.results.judge.capacity import (
    TriedRate,
    backlog_growth,
    bracket,
    inconclusive,
    saturation,
    searched,
    slo_misses,
    unbalanced,
)
from benchmarks.results.store.files import append_probe, read_probes
from benchmarks.results.store.schema import CapacityPlan, Cell, Load, Run
from benchmarks.results.store.trial_schema import Probe, Trial
from benchmarks.run_context import RunContext, make_trial
from benchmarks.trial import TrialLoads
from loadtests.measurement.percentiles import TAIL_REQUESTS

MARGIN = 1.1
"""Arrivals are random: somewhat fewer than planned may fall into a window."""


@dataclass(frozen=True)
class SearchRule:
    """First rate of a search, the factor from rate to rate, and when the search ends."""

    start_per_s: float
    growth: float
    precision: float
    """The search ends when the lowest rate missed is at most this (relative) above the highest sustained."""
    rates_at_most: int


def next_rate(tried: Sequence[TriedRate], rule: SearchRule) -> float | None:
    """Return the rate to try after those *tried*; None when the search has ended."""
    low, high = bracket(tried)
    if len(tried) >= rule.rates_at_most:
        return None
    if high is None:
        return rule.start_per_s if low is None else low * rule.growth
    if low is None:
        return high / rule.growth
    return sqrt(low * high) if high > low * (1 + rule.precision) else None


@dataclass(frozen=True)
class PlannedProbe:
    """A probe that is to be made."""

    cell: str
    stage: Literal["search", "fraction", "common"]
    rate_per_s: float
    fraction: float | None
    block: int
    attempt: int

    @property
    def label(self) -> str:
        """Distinguishes its files from those of other trials."""
        return f"{self.stage} {self.rate_per_s:g} per s"


def make_probes(
    context: RunContext, plan: CapacityPlan, trials: Sequence[Trial], runtimes: Runtimes
) -> list[Probe]:
    """Make every probe that is still missing, storing each as it ends; return all probes."""
    probes = read_probes(context.folder)
    cells = {cell.name: cell for cell in context.run.cells}
    while planned := next_probe(context.run, plan, trials, probes):
        context.display.message(f"{planned.cell} at {planned.rate_per_s:g}/s ({planned.stage})")
        probes.append(make_probe(context, plan, cells[planned.cell], planned, runtimes))
        append_probe(context.folder, probes[-1])
        context.display.message(f"  {probe_outcome(probes[-1])}")
    return probes


def next_probe(
    run: Run, plan: CapacityPlan, trials: Sequence[Trial], probes: Sequence[Probe]
) -> PlannedProbe | None:
    """Return the probe that is to be made next, or None: first every search, then the response times."""
    names = [cell.name for cell in run.cells if cell.twin_of is None]
    order = random.Random(run.seed).sample(names, len(names))
    searches = (next_of_search(run, plan, cell, trials, probes) for cell in order)
    below = (planned for planned in planned_points(run, plan, probes) if not settled(run, planned, probes))
    return next((planned for planned in searches if planned), None) or next(below, None)


def next_of_search(
    run: Run, plan: CapacityPlan, cell: str, trials: Sequence[Trial], probes: Sequence[Probe]
) -> PlannedProbe | None:
    """Return the next probe of the search of *cell*; None where it has ended or has no rate to start from."""
    probed = [probe for probe in probes if probe.trial.cell == cell and probe.stage == "search"]
    closed_per_s = saturation(cell, trials)
    if closed_per_s is None or any(map(unbalanced, probed)):
        return None
    if probed and inconclusive(probed[-1]) and (tries := times_tried(probed)) < run.attempts:
        return PlannedProbe(cell, "search", probed[-1].rate_per_s, None, 0, tries + 1)
    rule = SearchRule(plan.start_fraction * closed_per_s, plan.growth, plan.precision, plan.rates_at_most)
    rate = next_rate([TriedRate(one.rate_per_s, one.sustained) for one in searched(probed)], rule)
    return None if rate is None else PlannedProbe(cell, "search", rounded(rate), None, 0, 1)


def times_tried(probes: Sequence[Probe]) -> int:
    """Return how often the rate of the last of *probes* was tried."""
    return sum(probe.rate_per_s == probes[-1].rate_per_s for probe in probes)


def planned_points(run: Run, plan: CapacityPlan, probes: Sequence[Probe]) -> Iterator[PlannedProbe]:
    """Yield the probes below the capacities, block by block, in an order drawn from the seed."""
    found = known_capacities(run, probes)
    if not found:
        return
    common = rounded(plan.common_fraction * min(found.values()))
    planned = [PlannedProbe(cell, "common", common, None, 0, 1) for cell in found]
    planned += [
        PlannedProbe(cell, "fraction", rounded(fraction * capacity), fraction, 0, 1)
        for cell, capacity in found.items()
        for fraction in plan.fractions
    ]
    dice = random.Random(run.seed)
    for block in range(plan.blocks):
        yield from (in_block(one, block, probes) for one in dice.sample(planned, len(planned)))


def known_capacities(run: Run, probes: Sequence[Probe]) -> dict[str, float]:
    """Return the capacity of each cell that has one."""
    found: dict[str, float] = {}
    for cell in run.cells:
        probed = [probe for probe in probes if probe.trial.cell == cell.name]
        low, _ = bracket([TriedRate(one.rate_per_s, one.sustained) for one in searched(probed)])
        if low is not None and not any(map(unbalanced, probed)):
            found[cell.name] = low
    return found


def in_block(planned: PlannedProbe, block: int, probes: Sequence[Probe]) -> PlannedProbe:
    """Return *planned* in *block*, with its next attempt."""
    before = [one for one in probes if belongs_to(planned, one) and one.trial.block == block]
    return PlannedProbe(
        planned.cell, planned.stage, planned.rate_per_s, planned.fraction, block, len(before) + 1
    )


def settled(run: Run, planned: PlannedProbe, probes: Sequence[Probe]) -> bool:
    """Return whether *planned* needs no further attempt."""
    before = [one for one in probes if belongs_to(planned, one) and one.trial.block == planned.block]
    return planned.attempt > run.attempts or any(one.trial.valid for one in before)


def belongs_to(planned: PlannedProbe, probe: Probe) -> bool:
    """Return whether *probe* is one of *planned*, in any block."""
    theirs = (probe.trial.cell, probe.stage, probe.rate_per_s, probe.fraction)
    return theirs == (planned.cell, planned.stage, planned.rate_per_s, planned.fraction)


def make_probe(
    context: RunContext, plan: CapacityPlan, cell: Cell, planned: PlannedProbe, runtimes: Runtimes
) -> Probe:
    """Make one probe: an open loop of *cell*, checked against the objective."""
    loaded = cell.model_copy(update={"load": Load(kind="open", rate_per_s=planned.rate_per_s)})
    wanted = PlannedTrial(planned.cell, planned.block, planned.attempt, planned.label)
    loads = TrialLoads(probe_timing(plan, planned.rate_per_s), context.run.seed)
    trial = make_trial(context, loaded, wanted, runtimes, loads)
    growth = growth_of(context.folder, trial)
    reason = "; ".join(slo_misses(trial, growth, plan.slo)) or trial.failure
    return Probe(
        stage=planned.stage,
        rate_per_s=planned.rate_per_s,
        fraction=planned.fraction,
        backlog_growth=growth,
        sustained=reason is None,
        reason=reason,
        trial=trial,
    )


def probe_timing(plan: CapacityPlan, rate_per_s: float) -> Timing:
    """Return the length of a probe: long enough for its p99 to count, up to a bound."""
    enough_s = 100 * TAIL_REQUESTS * MARGIN / rate_per_s
    return Timing(plan.warm_up_s, max(plan.window_s, min(enough_s, plan.window_at_most_s)))


def growth_of(folder: Path, trial: Trial) -> float | None:
    """Return how fast the backlog of *trial* grew; None without samples."""
    start_ns, end_ns = trial.window_start_ns, trial.window_end_ns
    if trial.samples is None or start_ns is None or end_ns is None:
        return None
    return backlog_growth(np.load(folder / trial.samples), start_ns, end_ns)


def rounded(rate_per_s: float) -> float:
    """Return *rate_per_s* rounded to three significant digits."""
    return float(f"{rate_per_s:.3g}")
