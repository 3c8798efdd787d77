"""The pictures in the report's order."""

from collections.abc import Mapping, Sequence

from reports.charts import capacity, cpu, drift, hops, latency, loads, matrix, ratios, throughput, timelines
from reports.charts.chart import Chart, Maker
from reports.sample_summaries import SampleSummary
from reports.view import Page

MAKERS: Mapping[str, Maker] = {
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
"""A new picture is a module with its `draw`, and a row here."""


def draw_all(page: Page, digests: Sequence[SampleSummary]) -> list[Chart]:
    """Draw every picture for which the run has data."""
    drawn = {name: draw(page, digests) for name, draw in MAKERS.items()}
    return [Chart(name, drawing) for name, drawing in drawn.items() if drawing is not None]
