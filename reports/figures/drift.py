"""How steady each cell was: the end of every window by its beginning, over the band that counts as steady."""

from collections.abc import Sequence

from matplotlib.figure import Figure

from reports.figures import style
from reports.figures.values import Measured


def draw(cells: Sequence[Measured], steady: float) -> Figure:
    """Draw a row a cell and a dot a block; *steady* is the largest factor that counts as steady."""
    with style.canvas(style.rows_height(len(cells))) as (figure, axes):
        axes.axvspan(1 / steady, steady, color=style.BAND, linewidth=0)
        axes.axvline(1, color=style.MUTED, linewidth=1)
        for row, cell in enumerate(cells):
            colour = style.colour(cell.series)
            axes.plot(
                cell.blocks,
                [row] * len(cell.blocks),
                "o",
                color=colour,
                alpha=0.7,
                markersize=7,
                markeredgewidth=0,
            )
            axes.plot(cell.interval.estimate, row, "|", color=colour, markersize=18, markeredgewidth=3)
        style.name_rows(axes, [cell.name for cell in cells])
        style.factors(axes, [value for cell in cells for value in cell.blocks] + [1 / steady, steady])
        axes.set_xlabel("throughput of the window's last third by that of its first")
        return figure
