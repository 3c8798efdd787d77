"""The page's pictures: values taken from the results, drawn, each with its title and an explaining line."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from benchmarks.results.analysis import CellFigures
from benchmarks.results.figures import Samples, response_ms, succeeded, within
from benchmarks.results.schema import Trial
from reports.captions import CAPTIONS, TAIL_SAMPLES, Caption
from reports.figures import forest, measured, percentiles, stacked, style
from reports.figures.values import Curve, Interval, Measured, Ratio, Stack
from reports.view import Page, throughput_bounds


@dataclass(frozen=True)
class Picture:
    """An inline SVG with what it shows in plain words; *name* is its file's and its anchor's."""

    name: str
    caption: Caption
    svg: str


def draw_all(page: Page, folder: Path) -> list[Picture]:
    """Draw every picture for which the run has data; *folder* holds its samples."""
    figures = {name: maker(page, folder) for name, maker in MAKERS.items()}
    return [
        Picture(name, CAPTIONS[name].of(page.run.reference), style.to_svg(figure, name))
        for name, figure in figures.items()
        if figure is not None
    ]


def throughput(page: Page, _folder: Path) -> Figure | None:
    """Draw what each cell carried."""
    cells = [
        Measured(figures.cell.name, index, list(figures.throughput_by_block.values()), _bounds(figures))
        for index, figures in enumerate(page.analysis.cells.values())
        if figures.throughput_per_s is not None
    ]
    return measured.draw(cells, "requests per second") if cells else None


def ratios(page: Page, _folder: Path) -> Figure | None:
    """Draw each cell's ratio to the reference."""
    series = {name: index for index, name in enumerate(page.analysis.cells)}
    rows = [
        Ratio(
            one.cell,
            series[one.cell],
            _interval(one.interval.ratio, one.interval.low, one.interval.high),
            one.verdict,
        )
        for one in page.analysis.comparisons
        if one.interval is not None
    ]
    unit = f"throughput, ratio to {page.run.reference}"
    return forest.draw(rows, unit, page.analysis.floor) if rows else None


def latency(page: Page, folder: Path) -> Figure | None:
    """Draw response and service times by percentile, over all valid blocks of each cell."""
    curves = [
        curve
        for index, name in enumerate(page.analysis.cells)
        if (curve := _curve(name, index, page.trials, folder)) is not None
    ]
    return percentiles.draw(curves) if curves else None


def hops(page: Page, _folder: Path) -> Figure | None:
    """Draw the mean time that a request spends in each hop."""
    stacks = [
        Stack(name, parts)
        for name in page.analysis.cells
        if (parts := _mean_hops([trial for trial in page.trials if trial.cell == name and trial.valid]))
    ]
    return stacked.draw(stacks, "ms per request") if stacks else None


def costs(page: Page, _folder: Path) -> Figure | None:
    """Draw the CPU time per request of each component."""
    stacks = [
        Stack(name, [part for part in figures.cpu_ms_per_request.items() if part[0] != "generator"])
        for name, figures in page.analysis.cells.items()
        if figures.cpu_ms_per_request
    ]
    return stacked.draw(stacks, "CPU ms per request") if stacks else None


def _bounds(figures: CellFigures) -> Interval:
    low, high = throughput_bounds(figures) or (None, None)
    return Interval(figures.throughput_per_s or 0.0, low, high)


def _interval(ratio: float, low: float, high: float) -> Interval:
    bounded = low > 0 and np.isfinite(high)
    return Interval(ratio, low if bounded else None, high if bounded else None)


def _mean_hops(trials: Sequence[Trial]) -> list[tuple[str, float]]:
    names = [
        name
        for name in ("endpoint", "request", "function", "reply")
        if any(name in t.hops_ms for t in trials)
    ]
    return [
        (name, float(np.mean([trial.hops_ms[name].mean for trial in trials if name in trial.hops_ms])))
        for name in names
    ]


def _curve(cell: str, series: int, trials: Sequence[Trial], folder: Path) -> Curve | None:
    windows = [
        _window(trial, folder) for trial in trials if trial.cell == cell and trial.valid and trial.samples
    ]
    if sum(map(len, windows)) <= 2 * TAIL_SAMPLES:
        return None
    samples = np.concatenate(windows)
    fractions = 1 - np.logspace(0, np.log10(TAIL_SAMPLES / len(samples)), 120)
    service = (samples["ended_ns"] - samples["sent_ns"]) / 1e6
    return Curve(
        cell,
        series,
        fractions.tolist(),
        np.quantile(response_ms(samples), fractions).tolist(),
        np.quantile(service, fractions).tolist(),
    )


def _window(trial: Trial, folder: Path) -> Samples:
    samples: Samples = np.load(folder / (trial.samples or ""))
    inside = within(samples["intended_ns"], trial.window_start_ns or 0, trial.window_end_ns or 0)
    return np.asarray(samples[inside & succeeded(samples)])


MAKERS: Mapping[str, Callable[[Page, Path], Figure | None]] = {
    "throughput": throughput,
    "ratios": ratios,
    "latency": latency,
    "hops": hops,
    "costs": costs,
}
"""The pictures in the page's order; a new one is a function, a row here and a caption."""
