"""The charts in the order of the report."""

from collections.abc import Mapping, Sequence

from reports.charts import capacity, cpu, drift, hops, latency, loads, matrix, ratios, throughput, timelines
from reports.charts.chart import Chart, DrawChart
from reports.run_summary import RunSummary
from reports.sample_summaries import SampleSummary

CHARTS: dict[str, DrawChart] = {
    "throughput": throughput.draw,
    "ratios": ratios.draw,
    "matrix": matrix.draw,
    "capacity": capacity.draw,
    "loads": loads.draw,
    "latency": latency.draw,
    "hops": hops.draw,
    "costs": cpu.draw,
    "timelines": timelines.draw,
    "drift": drift.draw,
}
"""Name of the chart's file and anchor -> its `draw`. A new chart is one module and one row here."""


def draw_charts(summary: RunSummary, samples: Sequence[SampleSummary]) -> Mapping[str, Chart]:
    """Return name -> chart of every chart for which the run has data."""
    drawn = {name: draw(summary, samples) for name, draw in CHARTS.items()}
    return {name: chart for name, chart in drawn.items() if chart is not None}
