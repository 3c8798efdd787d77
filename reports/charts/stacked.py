"""Stacked bars, one per cell; shared by the charts of hops and CPU time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.charts import style
from reports.formatting import NONE, Table, amount

LEGEND_COLUMNS = 4
LIGHT, FULL = 0.35, 1.0
"""Opacities."""


@dataclass(frozen=True)
class StackedBar:
    """One cell's sum of parts: name and value of each."""

    cell: str
    parts: Mapping[str, float]


def draw_stacked_bars(
    bars: Sequence[StackedBar], unit: str, order: Sequence[str] = (), lighter: str | None = None
) -> Figure:
    """Draw one row per cell; a part has the same colour in each row.

    *order* is that of the parts, where not every bar has all of them. A part whose name ends with *lighter*
    has the colour of the part without that ending, and is paler.
    """
    names = part_names(bars, order)
    colours = part_colours(names, lighter)
    legend_rows = -(-len(names) // LEGEND_COLUMNS)
    with style.canvas(style.rows_height(len(bars)) + 0.3 * legend_rows + 0.1) as (figure, axes):
        for row, bar in enumerate(bars):
            _draw_bar(axes, row, bar, colours)
        style.name_rows(axes, [bar.cell for bar in bars])
        axes.set_xlim(0, 1.15 * max(sum(bar.parts.values()) for bar in bars))
        axes.set_xlabel(unit)
        axes.grid(axis="x")
        for name in names:
            colour, opacity = colours[name]
            axes.barh(0, 0, color=colour, alpha=opacity, label=name)
        axes.legend(
            loc="lower left", bbox_to_anchor=(0, 1), ncols=min(len(names), LEGEND_COLUMNS), frameon=False
        )
        return figure


def part_names(bars: Sequence[StackedBar], order: Sequence[str] = ()) -> list[str]:
    """Return the names of all parts: those of *order* first, then as the bars have them."""
    found = dict.fromkeys(name for bar in bars for name in bar.parts)
    return [*(name for name in order if name in found), *(name for name in found if name not in order)]


def part_colours(names: Sequence[str], lighter: str | None) -> dict[str, tuple[str, float]]:
    """Return name -> colour and opacity."""
    roots = [name.removesuffix(lighter or "") for name in names]
    places = {root: place for place, root in enumerate(dict.fromkeys(roots))}
    return {
        name: (style.colour(places[root]), FULL if root == name else LIGHT)
        for name, root in zip(names, roots, strict=True)
    }


def _draw_bar(axes: Axes, row: int, bar: StackedBar, colours: Mapping[str, tuple[str, float]]) -> None:
    left = 0.0
    for name, (colour, opacity) in colours.items():
        value = bar.parts.get(name, 0.0)
        if value:
            axes.barh(row, value, left=left, height=0.55, color=colour, alpha=opacity)
        left += value
    axes.annotate(
        f"{left:.3g}", (left, row), xytext=(8, 0), textcoords="offset points", va="center", color=style.INK
    )


def stacked_numbers(bars: Sequence[StackedBar], unit: str, order: Sequence[str] = ()) -> Table:
    """Return one column per part, and their sum."""
    names = part_names(bars, order)
    return Table(
        ["cell", *(f"{name} {unit}" for name in names), f"sum {unit}"],
        [[bar.cell, *_words(bar.parts, names)] for bar in bars],
    )


def _words(parts: Mapping[str, float], names: Sequence[str]) -> list[str]:
    known = [amount(parts[name]) if name in parts else NONE for name in names]
    return [*known, amount(sum(parts.values()))]
