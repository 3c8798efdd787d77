"""What the probes of a run say: each cell's capacity, and its response times below it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.results.judge.blocks import mean_over_blocks, valid_blocks
from benchmarks.results.judge.metrics import P50, P99, THROUGHPUT, Measure
from benchmarks.results.judge.window import Samples
from benchmarks.results.store.schema import Cell, Probe, Run, Slo, Trial

GRID = 50
"""Instants of a window at which its backlog is counted."""


@dataclass(frozen=True)
class Tried:
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
    """The highest rate that was sustained below every one that was not; None where none was."""
    missed_per_s: float | None
    """The lowest rate that was not sustained; None where all were."""
    missed_by: str | None
    """Why that rate does not count as sustained."""
    at_least: bool
    """No rate missed the objective: the search, or the generator, ended before the cell did."""
    rates: int
    """How many rates were tried."""
    invalid: str | None
    """Why the cell has no capacity to speak of: a ledger that does not balance."""
    points: list[Point]


def bracket(tried: Sequence[Tried]) -> tuple[float | None, float | None]:
    """Return the highest rate sustained below every one missed, and the lowest one missed."""
    missed = min((one.rate_per_s for one in tried if not one.sustained), default=None)
    held = [one.rate_per_s for one in tried if one.sustained]
    return max((rate for rate in held if missed is None or rate < missed), default=None), missed


def capacities(run: Run, trials: Sequence[Trial], probes: Sequence[Probe]) -> dict[str, CellCapacity]:
    """Return the capacity of each cell that was probed; nothing where the run seeks none."""
    cells = [cell for cell in run.cells if any(probe.trial.cell == cell.name for probe in probes)]
    return {cell.name: cell_capacity(cell, trials, probes) for cell in cells}


def cell_capacity(cell: Cell, trials: Sequence[Trial], probes: Sequence[Probe]) -> CellCapacity:
    """Return the capacity of *cell* and its response times below it."""
    mine = [probe for probe in probes if probe.trial.cell == cell.name]
    tried = searched(mine)
    low, high = bracket([Tried(probe.rate_per_s, probe.sustained) for probe in tried])
    missed = next((probe for probe in tried if probe.rate_per_s == high), None)
    return CellCapacity(
        cell=cell,
        saturation_per_s=saturation(cell.name, trials),
        capacity_per_s=low,
        missed_per_s=high,
        missed_by=missed.reason if missed else None,
        at_least=missed is None or tells_nothing(missed),
        rates=len({probe.rate_per_s for probe in tried}),
        invalid=next((probe.reason for probe in mine if unbalanced(probe)), None),
        points=points(mine),
    )


def saturation(cell: str, trials: Sequence[Trial]) -> float | None:
    """Return the closed loop's throughput of *cell*, the geometric mean over its valid blocks."""
    return mean_over_blocks(valid_blocks(trials, cell, THROUGHPUT.of))


def searched(probes: Sequence[Probe]) -> list[Probe]:
    """Return the probes of the search, of each rate the last: a rate whose probe told nothing is repeated."""
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


def tells_nothing(probe: Probe) -> bool:
    """Tell whether *probe* is invalid for another reason than its rate."""
    return probe.reason is not None and probe.reason == probe.trial.failure


def unbalanced(probe: Probe) -> bool:
    """Tell whether the ledger of *probe* does not balance, which no other rate makes good."""
    return probe.trial.ledger is not None and probe.trial.ledger.verdict == "invalid"


def backlog_growth(samples: Samples, start_ns: int, end_ns: int) -> float | None:
    """Return the slope of the requests that are due and not answered, by the rate at which they are due.

    The backlog is counted at 50 instants of the window and a straight line laid through it (least squares).
    0: all that is due is answered; 0.1: a tenth of it piles up. None where nothing is due.
    """
    instants = np.linspace(start_ns, end_ns, GRID)
    due, ended = (np.sort(samples[name]) for name in ("intended_ns", "ended_ns"))
    backlog = np.searchsorted(due, instants) - np.searchsorted(ended, instants)
    rate = ((due >= start_ns) & (due < end_ns)).sum() / (end_ns - start_ns)
    return float(np.polyfit(instants - start_ns, backlog, 1)[0] / rate) if rate else None


def slo_misses(trial: Trial, growth: float | None, slo: Slo) -> Iterator[str]:
    """Yield what *trial* misses of *slo*; one without figures misses nothing, but shows nothing either."""
    requests, response = trial.requests, trial.response_ms
    if response and response.p99 > slo.response_ms_p99:
        yield f"p99 {response.p99:.0f} ms, {slo.response_ms_p99:g} ms are allowed"
    if requests and requests.failed > slo.failed_fraction * requests.sent:
        share = requests.failed / requests.sent
        yield f"{share:.2%} of the requests failed, {slo.failed_fraction:.2%} are allowed"
    if growth is not None and growth > slo.backlog_growth:
        yield f"{growth:.1%} of the load piled up, {slo.backlog_growth:.1%} are allowed"
