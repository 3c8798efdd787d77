"""The pictures in the report's order."""

from collections.abc import Mapping, Sequence

from reports.digests import Digest
from reports.pictures import (
    capacity,
    costs,
    drift,
    hops,
    latency,
    loads,
    matrix,
    ratios,
    throughput,
    timelines,
)
from reports.pictures.picture import Maker, Picture
from reports.view import Page

MAKERS: Mapping[str, Maker] = {
    "throughput": throughput.draw,
    "ratios": ratios.draw,
    "matrix": matrix.draw,
    "capacity": capacity.draw,
    "loads": loads.draw,
    "latency": latency.draw,
    "hops": hops.draw,
    "costs": costs.draw,
    "timelines": timelines.draw,
    "drift": drift.draw,
}
"""A new picture is a module with its `draw`, and a row here."""


def draw_all(page: Page, digests: Sequence[Digest]) -> list[Picture]:
    """Draw every picture for which the run has data."""
    drawn = {name: draw(page, digests) for name, draw in MAKERS.items()}
    return [Picture(name, drawing) for name, drawing in drawn.items() if drawing is not None]
