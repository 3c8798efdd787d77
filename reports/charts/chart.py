"""What every picture has: a title, an explaining line, the drawing, and its numbers as a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from matplotlib.figure import Figure

from reports.formatting import Table
from reports.sample_summaries import SampleSummary
from reports.view import Page


@dataclass(frozen=True)
class Drawing:
    """A picture without its place: *explanation* is the line under it."""

    title: str
    explanation: str
    figure: Figure
    numbers: Table


@dataclass(frozen=True)
class Chart:
    """A drawing in the report; *name* is its file's and its anchor's."""

    name: str
    drawing: Drawing


class Maker(Protocol):
    """Draws one picture, or returns None where the run has no data for it."""

    def __call__(self, page: Page, digests: Sequence[SampleSummary], /) -> Drawing | None:
        """Draw what *page* and the *digests* of its samples say."""
