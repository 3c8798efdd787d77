"""Latency by percentile, each further nine given the same room: the tail is where users suffer."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from reports.figures import style
from reports.figures.values import Curve

_TICKS = (0.0, 0.5, 0.9, 0.99, 0.999, 0.9999)


def draw(curves: Sequence[Curve], slo_ms: float | None = None) -> Figure:
    """Draw response time solid and service time dashed, both in ms; *slo_ms* is a line across."""
    with style.canvas(5.2) as (figure, axes):
        for curve in curves:
            _draw_curve(axes, style.colour(curve.series), curve)
        if slo_ms is not None:
            axes.axhline(slo_ms, color=style.MUTED, linestyle=":", linewidth=1)
        _label_ends(axes, curves)
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.yaxis.set_minor_locator(NullLocator())
        ticks = [t for t in _TICKS if t <= max((max(c.fractions) for c in curves), default=0.99)]
        axes.set_xticks([_nines(t) for t in ticks], [f"{t * 100:g} %" for t in ticks])
        axes.set_ylabel("ms")
        axes.grid(axis="y")
        return figure


def _nines(fraction: float | np.ndarray) -> np.ndarray:
    return np.asarray(-np.log10(1 - np.asarray(fraction)))


def _draw_curve(axes: Axes, colour: str, curve: Curve) -> None:
    x = _nines(np.asarray(curve.fractions))
    axes.plot(x, curve.response_ms, color=colour, linewidth=2.2)
    axes.plot(x, curve.service_ms, color=colour, linewidth=1.2, linestyle="--")


def _label_ends(axes: Axes, curves: Sequence[Curve]) -> None:
    ends = sorted(((c.response_ms[-1], i) for i, c in enumerate(curves)), key=lambda end: end[0])
    height = 0.0
    for value, index in ends:
        height = max(value, height * 1.45)  # on a log axis labels keep apart by a factor
        curve = curves[index]
        axes.annotate(
            style.shortened(curve.cell, 32),
            (float(_nines(curve.fractions[-1])), height),
            xytext=(8, 0),
            textcoords="offset points",
            va="center",
            color=style.colour(curve.series),
            annotation_clip=False,
        )
