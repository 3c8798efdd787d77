"""Mean response time of a request, divided into the parts of its way."""

from collections.abc import Mapping, Sequence

import numpy as np

from benchmarks.results.judge.metrics import latency_load
from benchmarks.results.store.trial_schema import LoadFigures, Trial
from reports.charts.chart import Chart
from reports.charts.stacked import StackedBar, draw_stacked_bars, stacked_numbers
from reports.formatting import open_loop_words
from reports.run_summary import RunSummary
from reports.sample_summaries import SampleSummary

HOPS = ("endpoint", "request", "function", "reply")
LATE, BEFORE, UNKNOWN = "generator late", "before the handler", "inside, not measured"
EXPLANATION = (
    "Mean response time of the requests that succeeded{load}, from the moment they were due; the parts add "
    "up to it. Generator late: from due to sent. Before the handler: connection and the server's queue, "
    "which is long where more requests come at once than handlers run. Then, from the Server-Timing header: "
    "in the endpoint, to the function through Kafka and Flink (request), in the function, and back through "
    "Kafka (reply). A service without that header has one part instead."
)


def draw(summary: RunSummary, _samples: Sequence[SampleSummary]) -> Chart | None:
    """Draw the parts of the mean response time over the valid blocks."""
    found = [StackedBar(row.cell.name, mean_parts_ms(summary.trials, row.cell.name)) for row in summary.rows]
    bars = [bar for bar in found if bar.parts]
    if not bars:
        return None
    explanation = EXPLANATION.format(load=open_loop_words(summary.run))
    return Chart(
        "Time per hop", explanation, draw_stacked_bars(bars, "ms per request"), stacked_numbers(bars, "ms")
    )


def mean_parts_ms(trials: Sequence[Trial], cell: str) -> dict[str, float]:
    """Return part -> mean over the valid blocks of *cell*; empty where none has response times."""
    loads = [latency_load(trial) for trial in trials if trial.cell == cell and trial.valid]
    parts = [parts_ms(load) for load in loads if load and load.response_ms and load.service_ms]
    names = dict.fromkeys(name for one in parts for name in one)
    return {name: float(np.mean([one.get(name, 0.0) for one in parts])) for name in names}


def parts_ms(load: LoadFigures) -> Mapping[str, float]:
    """Return the parts of the mean response time of *load*; their sum is that mean."""
    assert load.response_ms is not None
    assert load.service_ms is not None
    late = load.response_ms.mean - load.service_ms.mean
    inside = {hop: load.hops_ms[hop].mean for hop in HOPS if hop in load.hops_ms}
    if not inside:
        return {LATE: late, UNKNOWN: load.service_ms.mean}
    return {LATE: late, BEFORE: load.service_ms.mean - sum(inside.values()), **inside}
