"""Capacity of each cell, and its response times below it, from the probes of a run."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import geometric_mean

import numpy as np

from benchmarks.results.judge.blocks import mean_over_blocks, valid_blocks
from benchmarks.results.judge.metrics import P50, P99, THROUGHPUT, Measure, no_p99_reason
from benchmarks.results.judge.ranks import RankInterval
from benchmarks.results.judge.statistics import RatioInterval, t_interval
from benchmarks.results.judge.window import Samples
from benchmarks.results.store.schema import Cell, Run, Slo
from benchmarks.results.store.trial_schema import Probe, Trial

GRID = 50
"""Number of instants of a window at which its backlog is counted."""


@dataclass(frozen=True)
class TriedRate:
    """A rate, and whether it was sustained; None where no attempt shows it."""

    rate_per_s: float
    sustained: bool | None


@dataclass(frozen=True)
class Point:
    """Response times at one rate: geometric means over the valid blocks."""

    rate_per_s: float
    fraction: float | None
    """Of the cell's own capacity; None for the rate that all cells share."""
    blocks: int
    response_ms_p50: float | None
    response_ms_p99: float | None
    no_p99: str | None
    """Why there is no p99, or None."""


@dataclass(frozen=True)
class BlockSearch:
    """The outcome of the search in one block; `CellCapacity` explains the fields."""

    capacity_per_s: float | None
    missed_per_s: float | None
    missed_by: str | None
    at_least: bool


@dataclass(frozen=True)
class CellCapacity:
    """One cell's capacity."""

    cell: Cell
    saturation_per_s: float | None
    """Throughput of the closed loop, over the run's valid blocks."""
    capacity_per_s: float | None
    """The highest sustained rate below every missed one, the geometric mean over the blocks that have one."""
    by_block: Mapping[int, float]
    """The capacity in each of those blocks."""
    interval: RatioInterval | None
    """The capacity with its 95 % interval over the blocks; None without two blocks."""
    rank: RankInterval | None
    """Among the cells with a capacity, by these intervals alone; None without a capacity."""
    missed_per_s: float | None
    """The lowest missed rate, likewise a mean; None where all were sustained. With *at_least*, the lowest
    rate of which nothing is known."""
    missed_by: str | None
    """Why that rate was missed, or nothing is known of it."""
    at_least: bool
    """In some block the search, the generator or the machine reached its limit before the cell did."""
    rates: int
    """How many rates were tried."""
    invalid: str | None
    """Why the cell has no valid capacity: a ledger that does not balance."""
    points: list[Point]


def bracket(tried: Sequence[TriedRate]) -> tuple[float | None, float | None]:
    """Return the highest sustained rate below every missed one, and the lowest missed one."""
    missed = min((one.rate_per_s for one in tried if one.sustained is False), default=None)
    sustained = [one.rate_per_s for one in tried if one.sustained]
    return max((rate for rate in sustained if missed is None or rate < missed), default=None), missed


def unknown_rates(tried: Sequence[TriedRate]) -> list[float]:
    """Return the rates of which nothing is known, between the two of the bracket."""
    low, high = bracket(tried)
    return [
        one.rate_per_s
        for one in tried
        if one.sustained is None
        and (low is None or one.rate_per_s > low)
        and (high is None or one.rate_per_s < high)
    ]


def capacities(run: Run, trials: Sequence[Trial], probes: Sequence[Probe]) -> dict[str, CellCapacity]:
    """Return the capacity of each cell that was probed, by name."""
    cells = [cell for cell in run.cells if any(probe.trial.cell == cell.name for probe in probes)]
    return ranked({cell.name: cell_capacity(cell, trials, probes) for cell in cells})


def cell_capacity(cell: Cell, trials: Sequence[Trial], probes: Sequence[Probe]) -> CellCapacity:
    """Return the capacity of *cell* and its response times below it, as yet without a rank."""
    probed = [probe for probe in probes if probe.trial.cell == cell.name]
    found = block_searches(probed)
    by_block = block_capacities(probed)
    at_least = any(one.at_least for one in found.values())
    limits = [one for one in found.values() if one.missed_per_s is not None and one.at_least == at_least]
    missed = [one.missed_per_s for one in limits if one.missed_per_s is not None]
    return CellCapacity(
        cell=cell,
        saturation_per_s=saturation(cell.name, trials),
        capacity_per_s=mean_rate(by_block.values()) if by_block else None,
        by_block=by_block,
        interval=capacity_interval(list(by_block.values()), [] if at_least else missed),
        rank=None,
        missed_per_s=mean_rate(missed) if missed else None,
        missed_by=limits[-1].missed_by if limits else None,
        at_least=at_least,
        rates=len({probe.rate_per_s for probe in probed if probe.stage == "search"}),
        invalid=next((probe.trial.failure for probe in probed if unbalanced(probe)), None),
        points=points(probed),
    )


def block_searches(probes: Sequence[Probe]) -> dict[int, BlockSearch]:
    """Return the outcome of the search in each block, from the *probes* of one cell."""
    searched = [probe for probe in probes if probe.stage == "search"]
    blocks = sorted({probe.trial.block for probe in searched})
    return {block: block_search([one for one in searched if one.trial.block == block]) for block in blocks}


def block_search(probes: Sequence[Probe]) -> BlockSearch:
    """Return the outcome of a search from its *probes*, of which the last of each rate counts."""
    tried = tried_rates(probes)
    low, high = bracket(tried)
    unknown = unknown_rates(tried)
    limit = min(unknown, default=high)
    why = {probe.rate_per_s: probe.reason for probe in probes}
    missed_by = None if limit is None else why[limit]
    return BlockSearch(low, limit, missed_by, at_least=bool(unknown) or high is None)


def tried_rates(probes: Sequence[Probe]) -> list[TriedRate]:
    """Return each rate of *probes* with its last outcome: inconclusive ones are repeated."""
    outcomes = {one.rate_per_s: None if inconclusive(one) else one.sustained for one in probes}
    return [TriedRate(rate, sustained) for rate, sustained in outcomes.items()]


def block_capacities(probes: Sequence[Probe]) -> dict[int, float]:
    """Return the capacity in each block that has one, from the *probes* of one cell."""
    found = {block: one.capacity_per_s for block, one in block_searches(probes).items()}
    return {block: rate for block, rate in found.items() if rate is not None}


def mean_rate(rates: Iterable[float]) -> float:
    """Return the geometric mean; of equal rates the rate itself, without rounding."""
    known = list(rates)
    return known[0] if len(set(known)) == 1 else geometric_mean(known)


def capacity_interval(
    capacities_per_s: Sequence[float], missed_per_s: Sequence[float]
) -> RatioInterval | None:
    """Return the mean capacity with its t interval over blocks; None for fewer than two blocks.

    A capacity lies between a rate that was sustained and one that was missed. Blocks that agree do not make
    it more precise than that: the interval reaches at least to the mean of the missed rates, and has no upper
    end where there are none.
    """
    if len(capacities_per_s) < 2:
        return None
    found = t_interval([math.log(rate) for rate in capacities_per_s])
    reach = mean_rate(missed_per_s) if missed_per_s else math.inf
    return RatioInterval(mean_rate(capacities_per_s), found.low, max(found.high, reach))


def ranked(found: Mapping[str, CellCapacity]) -> dict[str, CellCapacity]:
    """Return *found* with ranks: a cell is above another where its interval lies above the other's."""
    spans = {
        name: one.interval or RatioInterval(0, 0, math.inf)
        for name, one in found.items()
        if one.capacity_per_s is not None and one.invalid is None
    }
    ranks = {
        name: RankInterval(
            1 + sum(other.low > span.high for other in spans.values()),
            len(spans) - sum(other.high < span.low for other in spans.values()),
        )
        for name, span in spans.items()
    }
    return {name: replace(one, rank=ranks.get(name)) for name, one in found.items()}


def saturation(cell: str, trials: Sequence[Trial]) -> float | None:
    """Return the closed loop's throughput of *cell*, the geometric mean over its valid blocks."""
    return mean_over_blocks(valid_blocks(trials, cell, THROUGHPUT.of))


def points(probes: Sequence[Probe]) -> list[Point]:
    """Return the response times at each rate below the capacity, in the order of the rates."""
    below = [probe for probe in probes if probe.stage != "search"]
    rates = sorted({(probe.rate_per_s, probe.fraction or 0.0) for probe in below})
    return [point([one for one in below if (one.rate_per_s, one.fraction or 0.0) == rate]) for rate in rates]


def point(probes: Sequence[Probe]) -> Point:
    """Return the response times of *probes* at one rate."""

    def mean(measure: Measure) -> float | None:
        return mean_over_blocks(valid_blocks([one.trial for one in probes], cell, measure))

    first, cell = probes[0], probes[0].trial.cell
    valid = [one.trial for one in probes if one.trial.valid]
    p99 = mean(P99.of)
    no_p99 = no_p99_reason(valid[0]) if valid else first.reason
    blocks = len({trial.block for trial in valid})
    return Point(first.rate_per_s, first.fraction, blocks, mean(P50.of), p99, None if p99 else no_p99)


def inconclusive(probe: Probe) -> bool:
    """Return whether *probe* shows nothing of its rate: it was spoiled, or invalid for another reason."""
    return probe.spoiled or (probe.reason is not None and probe.reason == probe.trial.failure)


def unbalanced(probe: Probe) -> bool:
    """Return whether the ledger of *probe* does not balance, which ends the search."""
    return probe.trial.ledger is not None and probe.trial.ledger.verdict == "invalid"


def ledger_trials(probes: Sequence[Probe]) -> list[Trial]:
    """Return the trials of *probes* whose ledgers are not valid: they count as those of the run's trials do.

    An invalid ledger takes the cell's rank, an unknown one is shown.
    """
    return [
        probe.trial.model_copy(update={"block": 0, "failure": _ledger_failure(probe)})
        for probe in probes
        if probe.trial.ledger and probe.trial.ledger.verdict != "valid"
    ]


def _ledger_failure(probe: Probe) -> str:
    place = f"in the search for its capacity, block {probe.trial.block + 1}, at {probe.rate_per_s:g}/s"
    return f"{place}: {probe.trial.failure}"


def backlog_growth(samples: Samples, start_ns: int, end_ns: int) -> float | None:
    """Return the slope of the number of requests due and not answered / the rate at which they are due.

    The backlog is counted at 50 instants of the window and fitted by a straight line (least squares).
    0: all due requests are answered; 0.1: a tenth of them piles up. None where nothing is due.
    """
    instants = np.linspace(start_ns, end_ns, GRID)
    due, ended = (np.sort(samples[name]) for name in ("intended_ns", "ended_ns"))
    backlog = np.searchsorted(due, instants) - np.searchsorted(ended, instants)
    rate = ((due >= start_ns) & (due < end_ns)).sum() / (end_ns - start_ns)
    return float(np.polyfit(instants - start_ns, backlog, 1)[0] / rate) if rate else None


def slo_misses(trial: Trial, growth: float | None, slo: Slo) -> Iterator[str]:
    """Yield each objective of *slo* that *trial* misses; one without figures misses none."""
    requests, response = trial.requests, trial.response_ms
    if response and response.p99 > slo.response_ms_p99:
        hidden = no_p99_reason(trial)
        shown = f"p99 - ({hidden}), over the" if hidden else f"p99 {response.p99:.0f} ms,"
        yield f"{shown} {slo.response_ms_p99:g} ms {'that ' if hidden else ''}are allowed"
    if requests and requests.failed > slo.failed_fraction * requests.sent:
        share = requests.failed / requests.sent
        yield f"{share:.2%} of the requests failed, {slo.failed_fraction:.2%} are allowed"
    if growth is not None and growth > slo.backlog_growth:
        yield f"{growth:.1%} of the load piled up, {slo.backlog_growth:.1%} are allowed"
