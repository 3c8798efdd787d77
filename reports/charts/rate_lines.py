"""Response time by rate, one line per configuration; shared by the charts of capacity and loads."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from reports.charts import style

HEIGHT_IN = 5.0


@dataclass(frozen=True)
class RateLine:
    """The response times of one configuration at several rates, the lowest rate first."""

    name: str
    series: int
    rates_per_s: Sequence[float]
    response_ms: Sequence[float]
    met: Sequence[bool]
    """Whether the objective was met at that rate; all true where there is no objective."""
    capacity_per_s: float | None = None


def draw_rate_lines(
    lines: Sequence[RateLine], x_label: str, y_label: str, slo_ms: float | None = None
) -> Figure:
    """Draw response times in ms by rate; *slo_ms* is a horizontal line, rates that miss it are hollow."""
    with style.canvas(HEIGHT_IN) as (figure, axes):
        axes.set_yscale("log")
        for line in lines:
            colour = style.colour(line.series)
            axes.plot(line.rates_per_s, line.response_ms, color=colour, linewidth=1.8)
            for rate, response, met in zip(line.rates_per_s, line.response_ms, line.met, strict=True):
                inside = colour if met else "none"
                axes.plot(rate, response, "o", color=colour, markerfacecolor=inside, markersize=7)
            if line.capacity_per_s is not None:
                axes.axvline(line.capacity_per_s, color=colour, linewidth=1, linestyle=":")
        if slo_ms is not None:
            axes.axhline(slo_ms, color=style.MUTED, linewidth=1, linestyle="--")
            axes.text(0, slo_ms * 1.02, f" objective: {slo_ms:g} ms", va="bottom", color=style.MUTED)
        axes.set_xlim(left=0)
        style.plain_log(axes.yaxis)
        ends = [line.response_ms[-1] for line in lines]
        style.label_ends(axes, [(line.name, line.series) for line in lines], ends, HEIGHT_IN)
        axes.set_xlabel(x_label)
        axes.set_ylabel(y_label)
        axes.grid()
        return figure
