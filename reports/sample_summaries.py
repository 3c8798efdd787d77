"""What the pictures need of each cell's raw samples, taken in one pass, since samples are large."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.results.judge.window import NS_PER_MS, Samples, response_ms, succeeded, within
from benchmarks.results.store.schema import Trial
from reports.charts.values import Timeline
from reports.view import Page

TAIL_SAMPLES = 20
"""A percentile with fewer samples beyond it is not shown: its place would be luck."""

PERCENTILES = (50.0, 90.0, 95.0, 99.0, 99.9)
CURVE_POINTS = 60
BINS = 20
"""Parts of the window in which answers are counted."""


@dataclass(frozen=True)
class Latency:
    """Durations of the correct answers of all valid blocks of one cell; the three lists go together."""

    answers: int
    fractions: Sequence[float]
    response_ms: Sequence[float]
    service_ms: Sequence[float]
    percentiles: Mapping[float, tuple[float, float]]
    """Percent -> response and service time, where enough samples lie beyond."""

    def beyond(self, percent: float) -> int:
        """Return how many samples lie beyond a percentile."""
        return int(self.answers * (100 - percent) / 100)


@dataclass(frozen=True)
class SampleSummary:
    """One cell's samples; *latency* is None where there are too few for any percentile."""

    cell: str
    latency: Latency | None
    timelines: Sequence[Timeline]
    """Answers per second by the seconds since the window began, a line for each block."""
    unreadable: Sequence[str]
    """Files of samples that are gone or broken."""


def digest_all(page: Page, folder: Path) -> list[SampleSummary]:
    """Read the samples of every valid trial in *folder*."""
    return [digest(cell.name, page.trials, folder) for cell in page.run.cells]


def digest(cell: str, trials: Sequence[Trial], folder: Path) -> SampleSummary:
    """Read the samples of the valid trials of *cell*."""
    chosen = [trial for trial in trials if trial.cell == cell and trial.valid and trial.samples]
    loaded = [(trial, load(folder / (trial.samples or ""))) for trial in chosen]
    known = [(trial, samples) for trial, samples in loaded if samples is not None]
    return SampleSummary(
        cell=cell,
        latency=latency([window(trial, samples) for trial, samples in known]),
        timelines=[timeline(trial, samples) for trial, samples in known],
        unreadable=[trial.samples or "" for trial, samples in loaded if samples is None],
    )


def load(file: Path) -> Samples | None:
    """Return the samples in *file*, or None where it is gone, cut off or of another kind."""
    try:
        samples: Samples = np.load(file)
    except (OSError, ValueError, EOFError):
        return None
    needed = {"intended_ns", "sent_ns", "ended_ns", "status"}
    return samples if needed <= set(samples.dtype.names or ()) else None


def window(trial: Trial, samples: Samples) -> Samples:
    """Return the correct answers to the requests that were due in the window."""
    inside = within(samples["intended_ns"], trial.window_start_ns or 0, trial.window_end_ns or 0)
    return np.asarray(samples[inside & succeeded(samples)])


def latency(windows: Sequence[Samples]) -> Latency | None:
    """Merge the samples of all *windows*: percentiles of blocks are never averaged."""
    answers = sum(map(len, windows))
    if answers <= 2 * TAIL_SAMPLES:
        return None
    response = np.sort(np.concatenate([response_ms(one) for one in windows]))
    service = np.sort(np.concatenate([(one["ended_ns"] - one["sent_ns"]) / NS_PER_MS for one in windows]))
    fractions = 1 - np.logspace(0, np.log10(TAIL_SAMPLES / answers), CURVE_POINTS)
    return Latency(
        answers=answers,
        fractions=fractions.tolist(),
        response_ms=np.quantile(response, fractions).tolist(),
        service_ms=np.quantile(service, fractions).tolist(),
        percentiles={
            percent: (float(np.percentile(response, percent)), float(np.percentile(service, percent)))
            for percent in PERCENTILES
            if answers * (100 - percent) / 100 >= TAIL_SAMPLES
        },
    )


def timeline(trial: Trial, samples: Samples) -> Timeline:
    """Return the answers per second of *trial* by the time since its window began, its warm-up below 0."""
    start_ns, end_ns = trial.window_start_ns or 0, trial.window_end_ns or 0
    width_ns = (end_ns - start_ns) / BINS
    edges_ns = start_ns + width_ns * np.arange(-_warm_up_bins(trial, width_ns), BINS + 1)
    counts, _ = np.histogram(samples["ended_ns"][succeeded(samples)], edges_ns)
    middles_s = (edges_ns[:-1] + width_ns / 2 - start_ns) / 1e9
    return Timeline(
        middles_s.tolist(),
        (counts / (width_ns / 1e9)).tolist(),
        checkpoints=[(one.start_s, one.end_s) for one in trial.events if one.kind == "checkpoint"],
        faults=[(one.start_s, one.end_s) for one in trial.events if one.kind != "checkpoint"],
    )


def _warm_up_bins(trial: Trial, width_ns: float) -> int:
    return int((trial.warm_up_s or 0) * 1e9 // width_ns)
