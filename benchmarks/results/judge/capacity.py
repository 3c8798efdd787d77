"""Capacity of each cell, and its response times below it, from the probes of a run."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.results.judge.blocks import mean_over_blocks, valid_blocks
from benchmarks.results.judge.metrics import P50, P99, THROUGHPUT, Measure
from benchmarks.results.judge.window import Samples
from benchmarks.results.store.schema import Cell, Run, Slo
from benchmarks.results.store.trial_schema import Probe, Trial

GRID = 50
"""Number of instants of a window at which its backlog is counted."""


@dataclass(frozen=True)
class TriedRate:
    """A rate, and whether it was sustained."""

    rate_per_s: float
    sustained: bool


@dataclass(frozen=True)
class Point:
    """Response times at one rate: geometric means over the valid blocks."""

    rate_per_s: float
    fraction: float | None
    """Of the cell's own capacity; None for the rate that all cells share."""
    blocks: int
    response_ms_p50: float | None
    response_ms_p99: float | None


@dataclass(frozen=True)
class CellCapacity:
    """One cell's capacity."""

    cell: Cell
    saturation_per_s: float | None
    """Throughput of the closed loop, over the run's valid blocks."""
    capacity_per_s: float | None
    """The highest sustained rate below every missed one; None where no rate was sustained."""
    missed_per_s: float | None
    """The lowest missed rate; None where all were sustained."""
    missed_by: str | None
    """Why that rate was missed."""
    at_least: bool
    """No rate missed the objective: the search or the generator reached its limit before the cell did."""
    rates: int
    """How many rates were tried."""
    invalid: str | None
    """Why the cell has no valid capacity: a ledger that does not balance."""
    points: list[Point]


def bracket(tried: Sequence[TriedRate]) -> tuple[float | None, float | None]:
    """Return the highest sustained rate below every missed one, and the lowest missed one."""
    missed = min((one.rate_per_s for one in tried if not one.sustained), default=None)
    sustained = [one.rate_per_s for one in tried if one.sustained]
    return max((rate for rate in sustained if missed is None or rate < missed), default=None), missed


def capacities(run: Run, trials: Sequence[Trial], probes: Sequence[Probe]) -> dict[str, CellCapacity]:
    """Return the capacity of each cell that was probed, by name."""
    cells = [cell for cell in run.cells if any(probe.trial.cell == cell.name for probe in probes)]
    return {cell.name: cell_capacity(cell, trials, probes) for cell in cells}


def cell_capacity(cell: Cell, trials: Sequence[Trial], probes: Sequence[Probe]) -> CellCapacity:
    """Return the capacity of *cell* and its response times below it."""
    probed = [probe for probe in probes if probe.trial.cell == cell.name]
    tried = searched(probed)
    low, high = bracket([TriedRate(probe.rate_per_s, probe.sustained) for probe in tried])
    missed = next((probe for probe in tried if probe.rate_per_s == high), None)
    return CellCapacity(
        cell=cell,
        saturation_per_s=saturation(cell.name, trials),
        capacity_per_s=low,
        missed_per_s=high,
        missed_by=missed.reason if missed else None,
        at_least=missed is None or inconclusive(missed),
        rates=len({probe.rate_per_s for probe in tried}),
        invalid=next((probe.reason for probe in probed if unbalanced(probe)), None),
        points=points(probed),
    )


def saturation(cell: str, trials: Sequence[Trial]) -> float | None:
    """Return the closed loop's throughput of *cell*, the geometric mean over its valid blocks."""
    return mean_over_blocks(valid_blocks(trials, cell, THROUGHPUT.of))


def searched(probes: Sequence[Probe]) -> list[Probe]:
    """Return the last search probe of each rate: inconclusive ones are repeated."""
    return list({probe.rate_per_s: probe for probe in probes if probe.stage == "search"}.values())


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
    blocks = len({one.trial.block for one in probes if one.trial.valid})
    return Point(first.rate_per_s, first.fraction, blocks, mean(P50.of), mean(P99.of))


def inconclusive(probe: Probe) -> bool:
    """Return whether *probe* is invalid for another reason than its rate."""
    return probe.reason is not None and probe.reason == probe.trial.failure


def unbalanced(probe: Probe) -> bool:
    """Return whether the ledger of *probe* does not balance, which ends the search."""
    return probe.trial.ledger is not None and probe.trial.ledger.verdict == "invalid"


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
        yield f"p99 {response.p99:.0f} ms, {slo.response_ms_p99:g} ms are allowed"
    if requests and requests.failed > slo.failed_fraction * requests.sent:
        share = requests.failed / requests.sent
        yield f"{share:.2%} of the requests failed, {slo.failed_fraction:.2%} are allowed"
    if growth is not None and growth > slo.backlog_growth:
        yield f"{growth:.1%} of the load piled up, {slo.backlog_growth:.1%} are allowed"
