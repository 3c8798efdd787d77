"""Mean response time of a request, divided into the segments of its way."""

from collections.abc import Mapping, Sequence
from statistics import mean

from benchmarks.results.judge.metrics import MEAN, latency_load
from benchmarks.results.store.trial_schema import LoadFigures, Trial
from reports.charts.chart import Chart
from reports.charts.stacked import StackedBar, draw_stacked_bars, stacked_numbers
from reports.response_loads import common_load, exceptions
from reports.run_summary import RunSummary
from reports.sample_summaries import SampleSummary

GENERATOR, OUTSIDE, UNKNOWN = "generator", "before the handler", "not measured inside"
HOPS = ("endpoint", "request", "function", "reply")
SEGMENTS = (GENERATOR, OUTSIDE, *HOPS, UNKNOWN)
EXPLANATION = (
    "Mean response time of the requests that succeeded{load}, from the scheduled start; each bar ends at the "
    "mean of the table. Generator: until the request was sent. Before the handler: connection, the server's "
    "queue, and the answer's way back, that is everything outside the time that Server-Timing reports. Then "
    "the hops that the service reports: in the endpoint, to the function through Kafka and Flink (request), "
    "in the function, and back through Kafka (reply). A baseline that reports no hops has one segment for "
    "all of that: not measured inside."
)


def draw(summary: RunSummary, _samples: Sequence[SampleSummary]) -> Chart | None:
    """Draw the segments of the mean response time over the valid blocks."""
    bars = [
        StackedBar(row.cell.name, mean_segments_ms(summary.trials, row.cell.name, value.estimate))
        for row in summary.rows
        if (value := row.values.get(MEAN.name)) is not None
    ]
    if not bars:
        return None
    load = common_load(summary)
    words = EXPLANATION.format(load=load) + exceptions(summary)
    figure = draw_stacked_bars(bars, "ms per request", SEGMENTS)
    return Chart(f"Where the time goes{load}", words, figure, stacked_numbers(bars, "ms", SEGMENTS))


def mean_segments_ms(trials: Sequence[Trial], cell: str, mean_response_ms: float) -> dict[str, float]:
    """Return segment -> its mean share in the valid blocks of *cell*, of *mean_response_ms*."""
    loads = [latency_load(trial) for trial in trials if trial.cell == cell and trial.valid]
    shares = [shares_of(segments_ms(load)) for load in loads if load is not None and load.response_ms]
    names = [name for name in SEGMENTS if any(name in one for one in shares)]
    return {name: mean_response_ms * mean(one.get(name, 0.0) for one in shares) for name in names}


def segments_ms(load: LoadFigures) -> dict[str, float]:
    """Return segment -> mean over the requests of *load* that succeeded; the sum is their mean response time.

    A hop that some answers lack, such as those of a refused request, counts as 0 in them.
    """
    assert load.response_ms is not None
    succeeded = load.requests.succeeded if load.requests else load.response_ms.count
    inside = {name: one.mean * one.count / succeeded for name, one in load.hops_ms.items()}
    hops = {name: inside[name] for name in HOPS if name in inside} or {UNKNOWN: inside.get("total", 0.0)}
    left = max(0.0, load.response_ms.mean - sum(hops.values()))
    late = min(load.lag_ms.mean if load.lag_ms else 0.0, left)
    if "total" not in inside:
        return {GENERATOR: late, UNKNOWN: left - late}
    return {GENERATOR: late, OUTSIDE: left - late, **hops}


def shares_of(segments: Mapping[str, float]) -> dict[str, float]:
    """Return each segment as a fraction of their sum."""
    total = sum(segments.values())
    return {name: value / total for name, value in segments.items()} if total else dict(segments)
