"""A small picture for each cell on a common axis, so that any number of cells stays readable."""

import math
from collections.abc import Callable, Sequence
from typing import TypeVar

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.charts import style

COLUMNS = 3
PANEL_HEIGHT_IN = 2.0
TITLE_LETTERS = 42
"""In each of the two lines that a panel's title may take."""

Content = TypeVar("Content")


def draw(
    contents: Sequence[Content],
    name: Callable[[Content], str],
    draw_one: Callable[[Axes, Content], None],
    shared: str = "x",
) -> Figure:
    """Draw a panel for each of *contents* by *draw_one*, titled by *name*; *shared* axes are "x" or "all"."""
    rows = math.ceil(len(contents) / COLUMNS)
    titled = max(style.folded(name(one), TITLE_LETTERS).count("\n") for one in contents)
    height = rows * (PANEL_HEIGHT_IN + 0.2 * titled) + 0.5
    with style.grid(height, rows, COLUMNS, shared=shared) as (figure, axes):
        for place, one in zip(axes, contents, strict=False):
            place.set_title(style.folded(name(one), TITLE_LETTERS), loc="left", fontsize=9.5, color=style.INK)
            draw_one(place, one)
            place.tick_params(labelbottom=True, labelsize=10)
        for empty in axes[len(contents) :]:
            empty.set_axis_off()
        return figure
