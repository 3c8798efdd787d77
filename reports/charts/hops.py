"""Where a request's time goes."""

from collections.abc import Sequence

import numpy as np

from benchmarks.results.store.schema import Trial
from reports.charts import stacked
from reports.charts.chart import Drawing
from reports.charts.stacked import numbers
from reports.charts.values import StackedBar
from reports.sample_summaries import SampleSummary
from reports.view import Page

HOPS = ("endpoint", "request", "function", "reply")
EXPLANATION = (
    "Mean time of a request in each hop, as the service tells in its Server-Timing header: in the endpoint, "
    "to the function through Kafka and Flink, in the function, and back through Kafka. A baseline that "
    "tells no hops is not shown."
)


def draw(page: Page, _digests: Sequence[SampleSummary]) -> Drawing | None:
    """Draw the mean time in each hop over the valid blocks."""
    found = [StackedBar(row.cell.name, mean_hops(page.trials, row.cell.name)) for row in page.rows]
    stacks = [stack for stack in found if stack.parts]
    if not stacks:
        return None
    figure = stacked.draw(stacks, "ms per request")
    return Drawing("Where the time goes", EXPLANATION, figure, numbers(stacks, "ms"))


def mean_hops(trials: Sequence[Trial], cell: str) -> list[tuple[str, float]]:
    """Return name and mean of each hop over the valid blocks of *cell*."""
    told = [trial.hops_ms for trial in trials if trial.cell == cell and trial.valid]
    means = {hop: [one[hop].mean for one in told if hop in one] for hop in HOPS}
    return [(hop, float(np.mean(values))) for hop, values in means.items() if values]
