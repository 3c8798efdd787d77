"""Where the money goes: the CPU time of each component by the requests answered."""

from collections.abc import Sequence

from benchmarks.results.metrics import COMPONENTS
from reports.digests import Digest
from reports.figures import stacked
from reports.figures.values import Stack
from reports.pictures.picture import Drawing
from reports.pictures.stacks import numbers
from reports.view import Page

EXPLANATION = (
    "CPU time of each component by the requests answered, from the operating system; the load generator is "
    "left out. Less is cheaper, and it mostly moves less with the machine's mood than a rate does. At low "
    "throughput the idling of Kafka and Flink weighs on few requests."
)


def draw(page: Page, _digests: Sequence[Digest]) -> Drawing | None:
    """Draw the CPU time per request of each component."""
    found = [Stack(name, parts(figures.cpu_ms_per_request)) for name, figures in page.analysis.cells.items()]
    stacks = [stack for stack in found if stack.parts]
    if not stacks:
        return None
    figure = stacked.draw(stacks, "CPU ms per request")
    return Drawing("What a request costs", EXPLANATION, figure, numbers(stacks, "CPU ms"))


def parts(cpu_ms_per_request: dict[str, float]) -> list[tuple[str, float]]:
    """Return the components of the service in their fixed order."""
    return [(name, cpu_ms_per_request[name]) for name in COMPONENTS if name in cpu_ms_per_request]
