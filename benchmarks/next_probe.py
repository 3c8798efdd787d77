"""The probe that a search for capacities makes next; pure.

Each block searches every cell. The first starts from the closed loop's throughput and takes large steps; a
later one starts at the capacity found before it and takes small steps. A probe that was spoiled is repeated.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil, log10, sqrt
from typing import Literal

from benchmarks.results.judge.capacity import (
    TriedRate,
    block_capacities,
    bracket,
    inconclusive,
    mean_rate,
    saturation,
    tried_rates,
    unbalanced,
    unknown_rates,
)
from benchmarks.results.store.schema import CapacityPlan, Run
from benchmarks.results.store.trial_schema import Probe, Trial

DIGITS, DIGITS_AT_MOST = 3, 6
"""Significant digits of a rate: command lines and names of files have no more than six."""


@dataclass(frozen=True)
class SearchRule:
    """First rate of a search, the factor from rate to rate, and when the search ends."""

    start_per_s: float
    growth: float
    precision: float
    """The search ends when the lowest rate missed is at most this (relative) above the highest sustained."""
    rates_at_most: int

    @property
    def digits(self) -> int:
        """Significant digits with which two rates of the search differ; more of them for smaller steps."""
        step = min(self.precision, self.growth - 1)
        return min(max(DIGITS, 2 + ceil(-log10(max(step, 1e-9)))), DIGITS_AT_MOST)


def next_rate(tried: Sequence[TriedRate], rule: SearchRule) -> float | None:
    """Return the rate to try after those *tried*; None when the search has ended.

    No rate is returned twice: where two rates differ by less than their digits, the search ends too.
    """
    exact = _next_rate(tried, rule)
    if exact is None or len(tried) >= rule.rates_at_most:
        return None
    rate = rounded(exact, rule.digits)
    return None if rate in {one.rate_per_s for one in tried} else rate


def _next_rate(tried: Sequence[TriedRate], rule: SearchRule) -> float | None:
    low, high = bracket(tried)
    unknown = unknown_rates(tried)
    if low is None:
        above = min([*unknown, *([] if high is None else [high])], default=None)
        return rule.start_per_s if above is None else above / rule.growth
    if unknown:
        return None  # the generator or the machine reached its limit before the service did
    if high is None:
        return low * rule.growth
    return sqrt(low * high) if high > low * (1 + rule.precision) else None


def rounded(rate_per_s: float, digits: int = DIGITS) -> float:
    """Return *rate_per_s* rounded to significant *digits*."""
    return float(f"{rate_per_s:.{digits}g}")


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


def next_probe(
    run: Run, plan: CapacityPlan, trials: Sequence[Trial], probes: Sequence[Probe]
) -> PlannedProbe | None:
    """Return the probe that is to be made next, or None: first every search, then the response times."""
    names, dice = [cell.name for cell in run.cells if cell.twin_of is None], random.Random(run.seed)
    order = [(block, cell) for block in range(plan.search_blocks) for cell in dice.sample(names, len(names))]
    searches = (next_of_search(run, plan, cell, block, trials, probes) for block, cell in order)
    below = (planned for planned in planned_points(run, plan, probes) if not settled(run, planned, probes))
    return next((planned for planned in searches if planned), None) or next(below, None)


def next_of_search(
    run: Run, plan: CapacityPlan, cell: str, block: int, trials: Sequence[Trial], probes: Sequence[Probe]
) -> PlannedProbe | None:
    """Return the next probe of the search of *cell* in *block*; None where it has ended or cannot start."""
    probed = [probe for probe in probes if probe.trial.cell == cell and probe.stage == "search"]
    rule = search_rule(plan, cell, block, trials, probed)
    if rule is None or any(map(unbalanced, probed)):
        return None
    mine = [probe for probe in probed if probe.trial.block == block]
    if mine and inconclusive(mine[-1]) and (tries := times_tried(mine)) < run.attempts:
        return PlannedProbe(cell, "search", mine[-1].rate_per_s, None, block, tries + 1)
    rate = next_rate(tried_rates(mine), rule)
    return None if rate is None else PlannedProbe(cell, "search", rate, None, block, 1)


def search_rule(
    plan: CapacityPlan, cell: str, block: int, trials: Sequence[Trial], probed: Sequence[Probe]
) -> SearchRule | None:
    """Return the rule of a search; None where there is no rate to start from."""
    if block == 0:
        closed_per_s = saturation(cell, trials)
        start_per_s = None if closed_per_s is None else plan.start_fraction * closed_per_s
        growth = plan.growth
    else:
        earlier = [rate for before, rate in block_capacities(probed).items() if before < block]
        start_per_s = earlier[-1] if earlier else None
        growth = min(plan.growth, 1 + plan.precision / 2)
    if start_per_s is None:
        return None
    return SearchRule(start_per_s, growth, plan.precision, plan.rates_at_most)


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
    """Return the capacity of each cell that has one, the mean over its blocks."""
    found: dict[str, float] = {}
    for cell in run.cells:
        probed = [probe for probe in probes if probe.trial.cell == cell.name]
        by_block = block_capacities(probed)
        if by_block and not any(map(unbalanced, probed)):
            found[cell.name] = mean_rate(by_block.values())
    return found


def in_block(planned: PlannedProbe, block: int, probes: Sequence[Probe]) -> PlannedProbe:
    """Return *planned* in *block*, with its next attempt."""
    before = [one for one in probes if belongs_to(planned, one) and one.trial.block == block]
    return replace(planned, block=block, attempt=len(before) + 1)


def settled(run: Run, planned: PlannedProbe, probes: Sequence[Probe]) -> bool:
    """Return whether *planned* needs no further attempt."""
    before = [one for one in probes if belongs_to(planned, one) and one.trial.block == planned.block]
    return planned.attempt > run.attempts or any(one.trial.valid for one in before)


def belongs_to(planned: PlannedProbe, probe: Probe) -> bool:
    """Return whether *probe* is one of *planned*, in any block."""
    theirs = (probe.trial.cell, probe.stage, probe.rate_per_s, probe.fraction)
    return theirs == (planned.cell, planned.stage, planned.rate_per_s, planned.fraction)
