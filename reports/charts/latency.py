"""How long each cell takes, out to the tail."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.charts import panels, style
from reports.charts.chart import Drawing
from reports.charts.values import Curve
from reports.formatting import NONE, Table, amount, load
from reports.sample_summaries import PERCENTILES, TAIL_SAMPLES, Latency, SampleSummary
from reports.view import Page

HEIGHT_IN = 5.2
OVERLAID = 6
"""More curves than this are no longer told apart in one picture."""

_TICKS = (0.0, 0.5, 0.9, 0.99, 0.999, 0.9999)


def _figure(curves: Sequence[Curve], reference: str) -> Figure:
    """Draw response time solid and service time dashed, in ms; many cells each get a panel of their own."""
    if len(curves) <= OVERLAID:
        return _overlay(curves)
    return _small_multiples(curves, reference)


def _overlay(curves: Sequence[Curve]) -> Figure:
    with style.canvas(HEIGHT_IN) as (figure, axes):
        for curve in curves:
            _draw_curve(axes, style.colour(curve.series), curve)
        _scale(axes, curves)
        ends = [curve.response_ms[-1] for curve in curves]
        style.label_ends(axes, [(curve.cell, curve.series) for curve in curves], ends, HEIGHT_IN)
        axes.set_ylabel("ms")
        return figure


def _small_multiples(curves: Sequence[Curve], reference: str) -> Figure:
    beneath = [curve for curve in curves if curve.cell == reference]

    def draw_panel(axes: Axes, curve: Curve) -> None:
        for other in beneath:
            axes.plot(_nines(other.fractions), other.response_ms, color=style.MUTED, linewidth=1)
        _draw_curve(axes, style.colour(curve.series), curve)
        _scale(axes, curves)

    figure = panels.draw(curves, lambda curve: curve.cell, draw_panel, shared="all")
    figure.supylabel("ms", color=style.MUTED, fontsize=12)
    return figure


def _scale(axes: Axes, curves: Sequence[Curve]) -> None:
    axes.set_yscale("log")
    style.plain_log(axes.yaxis)
    reach = max(curve.fractions[-1] for curve in curves)
    ticks = [tick for tick in _TICKS if tick <= reach]
    axes.set_xticks([float(_nines(tick)) for tick in ticks], [f"{tick * 100:g} %" for tick in ticks])
    axes.grid(axis="y")


def _nines(fractions: float | Sequence[float]) -> np.ndarray:
    return np.asarray(-np.log10(1 - np.asarray(fractions)))


def _draw_curve(axes: Axes, colour: str, curve: Curve) -> None:
    x = _nines(curve.fractions)
    axes.plot(x, curve.response_ms, color=colour, linewidth=2.2)
    axes.plot(x, curve.service_ms, color=colour, linewidth=1.2, linestyle="--")
    axes.plot(x[-1], curve.response_ms[-1], "o", color=colour, markersize=5)


EXPLANATION = (
    "The time below which that share of requests was answered, over all valid blocks together. Solid: from "
    "the moment the request was due; dashed: from the moment it was sent. In a closed loop the two are the "
    f"same, and a slow cell is asked less. A curve ends where fewer than {TAIL_SAMPLES} samples lie beyond."
)
BENEATH = " The thin grey line in each panel is {reference}."


def draw(page: Page, digests: Sequence[SampleSummary]) -> Drawing | None:
    """Draw response and service times by percentile."""
    known = [(one.cell, one.latency) for one in digests if one.latency is not None]
    if not known:
        return None
    curves = [
        Curve(cell, page.series(cell), found.fractions, found.response_ms, found.service_ms)
        for cell, found in known
    ]
    apart = len(curves) > OVERLAID
    explanation = EXPLANATION + (BENEATH.format(reference=page.run.reference) if apart else "")
    figure = _figure(curves, page.run.reference)
    return Drawing("How long it takes", explanation, figure, numbers(page, known))


def numbers(page: Page, known: Sequence[tuple[str, Latency]]) -> Table:
    """Return the percentiles, each with the samples beyond it, and the load under which they hold."""
    shown = [percent for percent in PERCENTILES if any(percent in found.percentiles for _, found in known)]
    asked = {cell.name: load(cell.load) for cell in page.run.cells}
    return Table(
        ["cell", "load", "answers", *(f"p{percent:g} ms (samples beyond)" for percent in shown)],
        [
            [cell, asked[cell], f"{found.answers:,}", *(_words(found, percent) for percent in shown)]
            for cell, found in known
        ],
    )


def _words(found: Latency, percent: float) -> str:
    if percent not in found.percentiles:
        return NONE
    return f"{amount(found.percentiles[percent][0])} ({found.beyond(percent):,})"
