"""Latency by percentile, each further nine given the same room: the tail is where users suffer."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.figures import panels, style
from reports.figures.values import Curve

HEIGHT_IN = 5.2
OVERLAID = 6
"""More curves than this are no longer told apart in one picture."""

_TICKS = (0.0, 0.5, 0.9, 0.99, 0.999, 0.9999)


def draw(curves: Sequence[Curve], reference: str) -> Figure:
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
