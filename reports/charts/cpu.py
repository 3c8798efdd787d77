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
    "between runs than throughput does. The part called idle is what Kafka, Flink and the functions use "
    "without any request, shared among the requests: it is large where throughput is low."
)


def draw(summary: RunSummary, _samples: Sequence[SampleSummary]) -> Chart | None:
    """Draw the CPU time per request of each component."""
    cells = summary.analysis.cells
    idle_s = sum(summary.run.idle_cpu.values())
    found = [
        StackedBar(name, service_parts(figures.cpu_ms_per_request, idle_ms(idle_s, figures.throughput_per_s)))
        for name, figures in cells.items()
    ]
    bars = [bar for bar in found if bar.parts]
    if not bars:
        return None
    figure = draw_stacked_bars(bars, "CPU ms per request")
    return Chart("CPU time per request", EXPLANATION, figure, stacked_numbers(bars, "CPU ms"))


def idle_ms(idle_cpu_s_per_s: float, throughput_per_s: float | None) -> float:
    """Return the share of one request in the CPU time that the runtime uses when idle."""
    return 1000 * idle_cpu_s_per_s / throughput_per_s if throughput_per_s else 0.0


def service_parts(cpu_ms_per_request: Mapping[str, float], idle: float = 0.0) -> dict[str, float]:
    """Return the components of the service in their fixed order, and the *idle* part of them last.

    It is taken from the components other than the endpoint in proportion, and is at most their sum.
    """
    parts = {name: cpu_ms_per_request[name] for name in COMPONENTS if name in cpu_ms_per_request}
    backend = sum(value for name, value in parts.items() if name != "endpoint")
    if not idle or not backend:
        return parts
    idle = min(idle, backend)
    kept = 1 - idle / backend
    used = {name: value if name == "endpoint" else value * kept for name, value in parts.items()}
    return used | {"idle": idle}
