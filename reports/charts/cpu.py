"""Where the money goes: the CPU time of each component by the requests answered."""

from collections.abc import Sequence

from benchmarks.results.judge.metrics import COMPONENTS
from reports.charts import stacked
from reports.charts.chart import Drawing
from reports.charts.stacked import numbers
from reports.charts.values import StackedBar
from reports.sample_summaries import SampleSummary
from reports.view import Page

EXPLANATION = (
    "CPU time of each component by the requests answered, from the operating system; the load generator is "
    "left out. Less is cheaper, and it mostly moves less with the machine's mood than a rate does. At low "
    "throughput the idling of Kafka and Flink weighs on few requests."
)


def draw(page: Page, _digests: Sequence[SampleSummary]) -> Drawing | None:
    """Draw the CPU time per request of each component."""
    found = [
        StackedBar(name, parts(figures.cpu_ms_per_request)) for name, figures in page.analysis.cells.items()
    ]
    stacks = [stack for stack in found if stack.parts]
    if not stacks:
        return None
    figure = stacked.draw(stacks, "CPU ms per request")
    return Drawing("What a request costs", EXPLANATION, figure, numbers(stacks, "CPU ms"))


def parts(cpu_ms_per_request: dict[str, float]) -> list[tuple[str, float]]:
    """Return the components of the service in their fixed order."""
    return [(name, cpu_ms_per_request[name]) for name in COMPONENTS if name in cpu_ms_per_request]
