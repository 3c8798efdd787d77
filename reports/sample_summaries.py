"""The numbers that the charts need of each cell's raw samples, read in one pass, since samples are large."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.results.judge.metrics import latency_load
from benchmarks.results.judge.window import (
    TAIL_REQUESTS,
    Samples,
    beyond,
    due_within,
    percentiles,
    response_ms,
    service_ms,
    succeeded,
)
from benchmarks.results.store.trial_schema import Event, LoadFigures, Trial
from reports.run_summary import RunSummary

PERCENTILES = (50.0, 90.0, 95.0, 99.0, 99.9)
CURVE_POINTS = 60
EQUAL_WITHIN = 0.02
"""Service times that differ by less from response times make no curve of their own."""
BINS = 20
"""Number of parts of the window in which answers are counted."""


@dataclass(frozen=True)
class LatencySummary:
    """Durations of the requests of all valid blocks of one cell, failed ones infinite.

    The three lists go together; they end where a percentile is infinite.
    """

    requests: int
    failed: int
    fractions: Sequence[float]
    response_ms: Sequence[float]
    service_ms: Sequence[float] | None
    """None where it equals the response time, as in a closed loop."""
    percentiles_ms: Mapping[float, float]
    """Percent -> response time, for the percentiles with enough requests beyond them; may be infinite."""
    lag_ms_p99: float | None
    """Of the block with the longest."""

    def requests_beyond(self, percent: float) -> int:
        """Return the number of requests beyond a percentile."""
        return beyond(self.requests, percent)


@dataclass(frozen=True)
class CellTimeline:
    """Answers per second in one block: *answers_per_s[i]* at *seconds[i]* since the window began.

    Checkpoints and faults are pairs of start and end, in seconds.
    """

    seconds: Sequence[float]
    answers_per_s: Sequence[float]
    checkpoints: Sequence[tuple[float, float]] = ()
    faults: Sequence[tuple[float, float]] = ()
    """Failed checkpoints, and restarts of a component."""
    valid: bool = True


@dataclass(frozen=True)
class SampleSummary:
    """One cell's samples; *latency* is None where there are too few for any percentile."""

    cell: str
    latency: LatencySummary | None
    timelines: Sequence[CellTimeline]
    """One per valid block, and one per invalid trial in which a component was away."""
    unreadable: Sequence[str]
    """Sample files of valid trials that are missing or damaged."""


@dataclass(frozen=True)
class LoadSamples:
    """A trial, the load of it that is drawn, and the samples of that load; None where they cannot be read."""

    trial: Trial
    load: LoadFigures
    samples: Samples | None


def summarise_samples(summary: RunSummary, folder: Path) -> list[SampleSummary]:
    """Read the samples in *folder* of every trial that is drawn."""
    return [summarise_cell(row.cell.name, summary.trials, folder) for row in summary.rows]


def summarise_cell(cell: str, trials: Sequence[Trial], folder: Path) -> SampleSummary:
    """Read the samples of the trials of *cell*: of their open loops, where they have those."""
    mine = [trial for trial in trials if trial.cell == cell]
    drawn = [trial for trial in mine if trial.valid or faults(drawn_load(trial).events)]
    read = [read_samples(trial, folder) for trial in drawn]
    known = [one for one in read if one.samples is not None]
    return SampleSummary(
        cell=cell,
        latency=latency_summary([one for one in known if counts(one)]),
        timelines=[timeline(one) for one in known],
        unreadable=[
            one.load.samples or ""
            for one in read
            if one.samples is None and one.trial.valid and one.load.samples
        ],
    )


def read_samples(trial: Trial, folder: Path) -> LoadSamples:
    """Read the samples of the load of *trial* that is drawn."""
    load = drawn_load(trial)
    return LoadSamples(trial, load, load_samples(folder / load.samples) if load.samples else None)


def counts(one: LoadSamples) -> bool:
    """Return whether the response times of the load count."""
    return one.trial.valid and latency_load(one.trial) is one.load


def load_samples(file: Path) -> Samples | None:
    """Return the samples in *file*, or None where it is missing, cut off or of another format."""
    try:
        samples: Samples = np.load(file)
    except (OSError, ValueError, EOFError):
        return None
    needed = {"intended_ns", "sent_ns", "ended_ns", "status"}
    return samples if needed <= set(samples.dtype.names or ()) else None


def window_requests(one: LoadSamples) -> Samples:
    """Return the requests that were due in the window."""
    assert one.samples is not None
    return due_within(one.samples, one.load.window_start_ns or 0, one.load.window_end_ns or 0)


def latency_summary(read: Sequence[LoadSamples]) -> LatencySummary | None:
    """Return the percentiles over the samples of all loads; percentiles of blocks are never averaged."""
    if not read:
        return None
    due = np.concatenate(
        [window_requests(one)[["intended_ns", "sent_ns", "ended_ns", "status"]] for one in read]
    )
    good = succeeded(due["status"])
    if len(due) <= 2 * TAIL_REQUESTS or not good.any():
        return None
    response = np.where(good, response_ms(due), np.inf)
    fractions = 1 - np.logspace(0, np.log10(TAIL_REQUESTS / len(due)), CURVE_POINTS)
    curve = np.array(percentiles(response, list(100 * fractions)))
    finite = np.isfinite(curve)
    known = [percent for percent in PERCENTILES if beyond(len(due), percent) >= TAIL_REQUESTS]
    lags = [one.load.lag_ms.p99 for one in read if one.load.lag_ms]
    return LatencySummary(
        requests=len(due),
        failed=int((~good).sum()),
        fractions=fractions[finite].tolist(),
        response_ms=curve[finite].tolist(),
        service_ms=service_curve(due, good, fractions[finite], curve[finite]),
        percentiles_ms=dict(zip(known, percentiles(response, known), strict=True)),
        lag_ms_p99=max(lags, default=None),
    )


def service_curve(
    due: Samples,
    good: npt.NDArray[np.bool_],
    fractions: npt.NDArray[np.float64],
    response: npt.NDArray[np.float64],
) -> list[float] | None:
    """Return the service times at *fractions*; None where they equal the *response* times."""
    curve = np.array(percentiles(np.where(good, service_ms(due), np.inf), list(100 * fractions)))
    equal = np.allclose(curve, response, rtol=EQUAL_WITHIN, atol=0)
    return None if equal else curve.tolist()


def timeline(one: LoadSamples) -> CellTimeline:
    """Return the answers per second of a load over time; the warm-up is below 0."""
    assert one.samples is not None
    start_ns, end_ns = one.load.window_start_ns or 0, one.load.window_end_ns or 0
    width_ns = (end_ns - start_ns) / BINS
    edges_ns = start_ns + width_ns * np.arange(-_warm_up_bins(one.load, width_ns), BINS + 1)
    counted, _ = np.histogram(one.samples["ended_ns"][succeeded(one.samples["status"])], edges_ns)
    middles_s = (edges_ns[:-1] + width_ns / 2 - start_ns) / 1e9
    return CellTimeline(
        middles_s.tolist(),
        (counted / (width_ns / 1e9)).tolist(),
        checkpoints=[(event.start_s, event.end_s) for event in one.load.events if event.kind == "checkpoint"],
        faults=faults(one.load.events),
        valid=one.trial.valid,
    )


def drawn_load(trial: Trial) -> LoadFigures:
    """Return the open loop of *trial*, or its only load; of an invalid trial the one with a fault."""
    loads: list[LoadFigures] = [trial] if trial.open is None else [trial.open, trial]
    faulty = [] if trial.valid else [load for load in loads if faults(load.events)]
    return (faulty or loads)[0]


def faults(events: Sequence[Event]) -> list[tuple[float, float]]:
    """Return when a component was away or a checkpoint failed."""
    return [(event.start_s, event.end_s) for event in events if event.kind != "checkpoint"]


def _warm_up_bins(load: LoadFigures, width_ns: float) -> int:
    return int((load.warm_up_s or 0) * 1e9 // width_ns)
