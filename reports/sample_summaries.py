"""The numbers that the charts need of each cell's raw samples, read in one pass, since samples are large."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.results.judge.metrics import latency_load
from benchmarks.results.judge.window import (
    Samples,
    due_within,
    percentiles,
    response_ms,
    service_ms,
    succeeded,
)
from benchmarks.results.store.trial_schema import LoadFigures, Trial
from reports.run_summary import RunSummary

TAIL_SAMPLES = 20
"""A percentile with fewer samples beyond it is not shown, since it depends on a few requests."""

PERCENTILES = (50.0, 90.0, 95.0, 99.0, 99.9)
CURVE_POINTS = 60
BINS = 20
"""Number of parts of the window in which answers are counted."""


@dataclass(frozen=True)
class LatencySummary:
    """Durations of the requests of all valid blocks of one cell; failed ones are infinite."""

    answers: int
    fractions: Sequence[float]
    response_ms: Sequence[float]
    service_ms: Sequence[float]
    percentiles_ms: Mapping[float, float]
    """Percent -> response time, for the percentiles with enough samples beyond them."""

    def samples_beyond(self, percent: float) -> int:
        """Return the number of samples beyond a percentile."""
        return int(self.answers * (100 - percent) / 100)


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


@dataclass(frozen=True)
class SampleSummary:
    """One cell's samples; *latency* is None where there are too few for any percentile."""

    cell: str
    latency: LatencySummary | None
    timelines: Sequence[CellTimeline]
    """One per valid block."""
    unreadable: Sequence[str]
    """Sample files that are missing or damaged."""


def summarise_samples(summary: RunSummary, folder: Path) -> list[SampleSummary]:
    """Read the samples of every valid trial in *folder*."""
    return [summarise_cell(row.cell.name, summary.trials, folder) for row in summary.rows]


def summarise_cell(cell: str, trials: Sequence[Trial], folder: Path) -> SampleSummary:
    """Read the samples of the valid trials of *cell*."""
    loads = [latency_load(trial) for trial in trials if trial.cell == cell and trial.valid]
    chosen = [load for load in loads if load and load.samples]
    loaded = [(load, load_samples(folder / (load.samples or ""))) for load in chosen]
    known = [(load, samples) for load, samples in loaded if samples is not None]
    return SampleSummary(
        cell=cell,
        latency=latency_summary([window_requests(load, samples) for load, samples in known]),
        timelines=[timeline(load, samples) for load, samples in known],
        unreadable=[load.samples or "" for load, samples in loaded if samples is None],
    )


def load_samples(file: Path) -> Samples | None:
    """Return the samples in *file*, or None where it is missing, cut off or of another format."""
    try:
        samples: Samples = np.load(file)
    except (OSError, ValueError, EOFError):
        return None
    needed = {"intended_ns", "sent_ns", "ended_ns", "status"}
    return samples if needed <= set(samples.dtype.names or ()) else None


def window_requests(load: LoadFigures, samples: Samples) -> Samples:
    """Return the requests that were due in the window."""
    return due_within(samples, load.window_start_ns or 0, load.window_end_ns or 0)


def latency_summary(windows: Sequence[Samples]) -> LatencySummary | None:
    """Return the percentiles over the samples of all *windows*; percentiles of blocks are never averaged."""
    answers = sum(map(len, windows))
    failed = sum(int((~succeeded(one["status"])).sum()) for one in windows)
    if answers - failed <= 2 * TAIL_SAMPLES:
        return None
    response = np.concatenate([_times_ms(one, response_ms) for one in windows])
    service = np.concatenate([_times_ms(one, service_ms) for one in windows])
    fractions = 1 - np.logspace(0, np.log10(max(TAIL_SAMPLES, failed + 1) / answers), CURVE_POINTS)
    percents = [100 * float(fraction) for fraction in fractions]
    return LatencySummary(
        answers=answers,
        fractions=fractions.tolist(),
        response_ms=percentiles(response, percents),
        service_ms=percentiles(service, percents),
        percentiles_ms={
            percent: percentile
            for percent, percentile in zip(PERCENTILES, percentiles(response, PERCENTILES), strict=True)
            if answers * (100 - percent) / 100 >= TAIL_SAMPLES and math.isfinite(percentile)
        },
    )


def _times_ms(samples: Samples, times_ms: Callable[[Samples], npt.NDArray[np.float64]]) -> Samples:
    """Return the times of *samples*; a failed request took infinitely long."""
    return np.where(succeeded(samples["status"]), times_ms(samples), np.inf)


def timeline(load: LoadFigures, samples: Samples) -> CellTimeline:
    """Return the answers per second of *load* over time; the warm-up is below 0."""
    start_ns, end_ns = load.window_start_ns or 0, load.window_end_ns or 0
    width_ns = (end_ns - start_ns) / BINS
    edges_ns = start_ns + width_ns * np.arange(-_warm_up_bins(load, width_ns), BINS + 1)
    counts, _ = np.histogram(samples["ended_ns"][succeeded(samples["status"])], edges_ns)
    middles_s = (edges_ns[:-1] + width_ns / 2 - start_ns) / 1e9
    return CellTimeline(
        middles_s.tolist(),
        (counts / (width_ns / 1e9)).tolist(),
        checkpoints=[(one.start_s, one.end_s) for one in load.events if one.kind == "checkpoint"],
        faults=[(one.start_s, one.end_s) for one in load.events if one.kind != "checkpoint"],
    )


def _warm_up_bins(load: LoadFigures, width_ns: float) -> int:
    return int((load.warm_up_s or 0) * 1e9 // width_ns)
