"""A chart of the report, the function that draws it, and values that several charts share."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from matplotlib.figure import Figure

from reports.formatting import Table
from reports.run_summary import Interval, RunSummary
from reports.sample_summaries import SampleSummary


@dataclass(frozen=True)
class Chart:
    """A chart with the text under it, and its numbers as a table."""

    title: str
    explanation: str
    figure: Figure
    numbers: Table


class DrawChart(Protocol):
    """The `draw` of a chart's module."""

    def __call__(self, summary: RunSummary, samples: Sequence[SampleSummary], /) -> Chart | None:
        """Draw the chart; return None where the run has no data for it."""


@dataclass(frozen=True)
class CellBlocks:
    """One cell's value in each block, and the mean of these; *series* selects its colour."""

    cell: str
    series: int
    blocks: Sequence[float]
    mean: Interval
