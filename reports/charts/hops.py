"""Mean time of a request in each hop."""

from collections.abc import Sequence

import numpy as np

from benchmarks.results.store.trial_schema import Trial
from reports.charts.chart import Chart
from reports.charts.stacked import StackedBar, draw_stacked_bars, stacked_numbers
from reports.run_summary import RunSummary
from reports.sample_summaries import SampleSummary

HOPS = ("endpoint", "request", "function", "reply")
EXPLANATION = (
    "Mean time of a request in each hop, from the Server-Timing header of the service: in the endpoint, to "
    "the function through Kafka and Flink (request), in the function, and back through Kafka (reply). A "
    "baseline without this header is not shown."
)


def draw(summary: RunSummary, _samples: Sequence[SampleSummary]) -> Chart | None:
    """Draw the mean time in each hop over the valid blocks."""
    found = [StackedBar(row.cell.name, mean_hops_ms(summary.trials, row.cell.name)) for row in summary.rows]
    bars = [bar for bar in found if bar.parts]
    if not bars:
        return None
    figure = draw_stacked_bars(bars, "ms per request")
    return Chart("Time per hop", EXPLANATION, figure, stacked_numbers(bars, "ms"))


def mean_hops_ms(trials: Sequence[Trial], cell: str) -> dict[str, float]:
    """Return hop -> mean over the valid blocks of *cell*."""
    hops_ms = [trial.hops_ms for trial in trials if trial.cell == cell and trial.valid]
    means = {hop: [one[hop].mean for one in hops_ms if hop in one] for hop in HOPS}
    return {hop: float(np.mean(values)) for hop, values in means.items() if values}
