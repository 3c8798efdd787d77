"""CPU time of each component per request."""

from collections.abc import Mapping, Sequence

from benchmarks.results.judge.metrics import COMPONENTS
from reports.charts.chart import Chart
from reports.charts.stacked import StackedBar, draw_stacked_bars, stacked_numbers
from reports.run_summary import RunSummary
from reports.sample_summaries import SampleSummary

EXPLANATION = (
    "CPU time of each component in the window divided by the requests answered in it, as measured by the "
    "operating system; the load generator is not included. Lower is better. CPU time usually varies less "
    "between runs than throughput does. At low throughput, the idle CPU time of Kafka and Flink is a large "
    "part of it."
)


def draw(summary: RunSummary, _samples: Sequence[SampleSummary]) -> Chart | None:
    """Draw the CPU time per request of each component."""
    cells = summary.analysis.cells
    found = [StackedBar(name, service_parts(figures.cpu_ms_per_request)) for name, figures in cells.items()]
    bars = [bar for bar in found if bar.parts]
    if not bars:
        return None
    figure = draw_stacked_bars(bars, "CPU ms per request")
    return Chart("CPU time per request", EXPLANATION, figure, stacked_numbers(bars, "CPU ms"))


def service_parts(cpu_ms_per_request: Mapping[str, float]) -> dict[str, float]:
    """Return the components of the service in their fixed order."""
    return {name: cpu_ms_per_request[name] for name in COMPONENTS if name in cpu_ms_per_request}
