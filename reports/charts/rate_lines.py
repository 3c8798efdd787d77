"""Latency against rate, a line a configuration: where it turns up is the knee."""

from collections.abc import Sequence

from matplotlib.figure import Figure

from reports.charts import style
from reports.charts.values import Track

HEIGHT_IN = 5.0


def draw(tracks: Sequence[Track], x_label: str, y_label: str, slo_ms: float | None = None) -> Figure:
    """Draw response times in ms by rate; *slo_ms* is a line across, rates that miss it are hollow."""
    with style.canvas(HEIGHT_IN) as (figure, axes):
        axes.set_yscale("log")
        for track in tracks:
            colour = style.colour(track.series)
            axes.plot(track.rates_per_s, track.response_ms, color=colour, linewidth=1.8)
            for rate, response, held in zip(track.rates_per_s, track.response_ms, track.held, strict=True):
                inside = colour if held else "none"
                axes.plot(rate, response, "o", color=colour, markerfacecolor=inside, markersize=7)
            if track.capacity_per_s is not None:
                axes.axvline(track.capacity_per_s, color=colour, linewidth=1, linestyle=":")
        if slo_ms is not None:
            axes.axhline(slo_ms, color=style.MUTED, linewidth=1, linestyle="--")
            axes.text(0, slo_ms * 1.02, f" objective: {slo_ms:g} ms", va="bottom", color=style.MUTED)
        axes.set_xlim(left=0)
        style.plain_log(axes.yaxis)
        ends = [track.response_ms[-1] for track in tracks]
        style.label_ends(axes, [(track.name, track.series) for track in tracks], ends, HEIGHT_IN)
        axes.set_xlabel(x_label)
        axes.set_ylabel(y_label)
        axes.grid()
        return figure
