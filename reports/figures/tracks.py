"""Latency against what was carried, a line a configuration through its loads."""

from collections.abc import Sequence

from matplotlib.figure import Figure

from reports.figures import style
from reports.figures.values import Track


def draw(tracks: Sequence[Track], unit: str) -> Figure:
    """Draw response time in ms (p99) by requests answered per second."""
    with style.canvas(5.0) as (figure, axes):
        for track in tracks:
            axes.plot(
                track.carried_per_s, track.response_ms, "o-", color=style.colour(track.series), linewidth=2
            )
        axes.set_yscale("log")
        axes.set_xlim(left=0)
        style.plain_log(axes.yaxis)
        ends = [(track.carried_per_s[-1], track.response_ms[-1]) for track in tracks]
        style.label_ends(
            axes, [(track.name, track.series) for track in tracks], ends, style.label_step(axes, 5.0)
        )
        axes.set_xlabel("requests answered per second")
        axes.set_ylabel(unit)
        axes.grid()
        return figure
