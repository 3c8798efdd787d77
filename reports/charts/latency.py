"""Response and service time of each cell by percentile."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.results.judge.window import TAIL_REQUESTS
from reports.charts import style
from reports.charts.chart import Chart
from reports.formatting import NONE, Table, amount
from reports.response_loads import common_load, exceptions, response_load_words
from reports.run_summary import RunSummary
from reports.sample_summaries import PERCENTILES, LatencySummary, SampleSummary

HEIGHT_IN = 5.2
CURVES_IN_ONE_PANEL = 6
"""More curves than this in one panel are hard to distinguish."""
TICKS = (0.5, 0.9, 0.99, 0.999, 0.9999)

OPEN = (
    "Response time by percentile{load}, from the scheduled start, over the requests of all valid blocks "
    "together. Each cell was sent the same rate, whether or not earlier requests were answered. "
)
CLOSED = (
    "Response time by percentile, over the requests of all valid blocks together. In a closed loop a slow "
    "cell receives fewer requests, and its throughput sets its response times. "
)
SERVICE = (
    "Dashed: service time, from the actual send, where it differs by more than 2 %; the rest is the "
    "generator's lag. "
)
SCALE = (
    "A failed request counts as infinitely long. The horizontal axis is stretched towards 100 %: the steps "
    "from 90 to 99 % and from 99 to 99.9 % are equally wide. A curve ends where fewer than "
    f"{TAIL_REQUESTS} requests lie beyond, or where the failed ones begin."
)
EXPLANATION_OF_PANELS = " The thin grey line in each panel is {reference}."


@dataclass(frozen=True)
class LatencyCurve:
    """One cell's durations by percentile."""

    cell: str
    series: int
    latency: LatencySummary


def draw(summary: RunSummary, samples: Sequence[SampleSummary]) -> Chart | None:
    """Draw response and service times by percentile."""
    curves = [
        LatencyCurve(one.cell, summary.series(one.cell), one.latency)
        for one in samples
        if one.latency is not None
    ]
    if not curves:
        return None
    title, reference = f"Response time{common_load(summary)}", summary.run.reference
    words = explanation(summary, curves)
    if len(curves) <= CURVES_IN_ONE_PANEL:
        return Chart(title, words, draw_one_panel(curves), numbers(summary, curves))
    words += EXPLANATION_OF_PANELS.format(reference=reference)
    return Chart(title, words, draw_panels(curves, reference), numbers(summary, curves))


def explanation(summary: RunSummary, curves: Sequence[LatencyCurve]) -> str:
    """Return how to read the curves: under which load they were taken, and what is dashed."""
    load = common_load(summary)
    loaded = OPEN.format(load=load) if load else CLOSED
    dashed = SERVICE if any(curve.latency.service_ms for curve in curves) else ""
    return loaded + dashed + SCALE + exceptions(summary)


def draw_one_panel(curves: Sequence[LatencyCurve]) -> Figure:
    """Draw all curves in one panel, each named at its end."""
    with style.canvas(HEIGHT_IN) as (figure, axes):
        for curve in curves:
            _draw_curve(axes, curve)
        _scale(axes, curves, ticks=(0.0, *TICKS))
        ends = [curve.latency.response_ms[-1] for curve in curves]
        style.label_ends(axes, [(curve.cell, curve.series) for curve in curves], ends, HEIGHT_IN)
        axes.set_ylabel("ms")
        return figure


def draw_panels(curves: Sequence[LatencyCurve], reference: str) -> Figure:
    """Draw one panel per curve, each with the curve of *reference* for comparison."""
    compared = [curve.latency for curve in curves if curve.cell == reference]

    def draw_panel(axes: Axes, curve: LatencyCurve) -> None:
        for other in compared:
            axes.plot(_nines(other.fractions), other.response_ms, color=style.MUTED, linewidth=1)
        _draw_curve(axes, curve)
        _scale(axes, curves)

    figure = style.panels(curves, lambda curve: curve.cell, draw_panel, shared="all")
    figure.supylabel("ms", color=style.MUTED, fontsize=12)
    return figure


def _draw_curve(axes: Axes, curve: LatencyCurve) -> None:
    colour, latency = style.colour(curve.series), curve.latency
    x = _nines(latency.fractions)
    axes.plot(x, latency.response_ms, color=colour, linewidth=2.2)
    if latency.service_ms is not None:
        axes.plot(x, latency.service_ms, color=colour, linewidth=1.2, linestyle="--")
    axes.plot(x[-1], latency.response_ms[-1], "o", color=colour, markersize=5)


def _scale(axes: Axes, curves: Sequence[LatencyCurve], ticks: Sequence[float] = TICKS) -> None:
    axes.set_yscale("log")
    style.plain_log(axes.yaxis)
    largest = max(curve.latency.fractions[-1] for curve in curves)
    ticks = [tick for tick in ticks if tick <= largest]
    axes.set_xticks([float(_nines(tick)) for tick in ticks], [f"{tick * 100:g} %" for tick in ticks])
    axes.grid(axis="y")


def _nines(fractions: float | Sequence[float]) -> np.ndarray:
    """Return the number of nines of *fractions*: 1 for 0.9, 2 for 0.99."""
    return np.asarray(-np.log10(1 - np.asarray(fractions)))


def numbers(summary: RunSummary, curves: Sequence[LatencyCurve]) -> Table:
    """Return the percentiles of each cell with the number of requests beyond them, its load, and the lag."""
    shown = [
        percent for percent in PERCENTILES if any(percent in curve.latency.percentiles_ms for curve in curves)
    ]
    loads = {cell.name: response_load_words(summary, cell) for cell in summary.run.cells}
    columns = [f"p{percent:g} ms (requests beyond)" for percent in shown]
    return Table(
        ["cell", "load", "requests", "failed", *columns, "lag p99 ms, worst block"],
        [
            [
                curve.cell,
                loads[curve.cell],
                f"{curve.latency.requests:,}",
                f"{curve.latency.failed:,}",
                *(_words(curve.latency, percent) for percent in shown),
                amount(curve.latency.lag_ms_p99),
            ]
            for curve in curves
        ],
    )


def _words(latency: LatencySummary, percent: float) -> str:
    if percent not in latency.percentiles_ms:
        return NONE
    value = latency.percentiles_ms[percent]
    words = amount(value) if np.isfinite(value) else "∞"
    return f"{words} ({latency.requests_beyond(percent):,})"
