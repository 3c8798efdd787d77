"""Stacked bars, one per cell; shared by the charts of hops and CPU time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.charts import style
from reports.formatting import NONE, Table, amount

NAMES_IN_A_ROW = 4
"""Of the legend; more do not fit the width of a page."""


@dataclass(frozen=True)
class StackedBar:
    """One cell's sum of parts: name and value of each."""

    cell: str
    parts: Mapping[str, float]


def draw_stacked_bars(bars: Sequence[StackedBar], unit: str) -> Figure:
    """Draw one row per cell; a part has the same colour in each row."""
    names = part_names(bars)
    colours = {name: style.colour(i) for i, name in enumerate(names)}
    legend_rows = -(-len(names) // NAMES_IN_A_ROW)
    with style.canvas(style.rows_height(len(bars)) + 0.4 * legend_rows) as (figure, axes):
        for row, bar in enumerate(bars):
            _draw_bar(axes, row, bar, colours)
        style.name_rows(axes, [bar.cell for bar in bars])
        axes.set_xlim(0, 1.15 * max(sum(bar.parts.values()) for bar in bars))
        axes.set_xlabel(unit)
        axes.grid(axis="x")
        for name in names:
            axes.barh(0, 0, color=colours[name], label=name)
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=NAMES_IN_A_ROW, frameon=False)
        return figure


def part_names(bars: Sequence[StackedBar]) -> list[str]:
    """Return the names of all parts, in the order of the first bar that has them."""
    return list(dict.fromkeys(name for bar in bars for name in bar.parts))


def _draw_bar(axes: Axes, row: int, bar: StackedBar, colours: Mapping[str, str]) -> None:
    left = 0.0
    for name, value in bar.parts.items():
        axes.barh(row, value, left=left, height=0.55, color=colours[name])
        left += value
    axes.annotate(
        f"{left:.3g}", (left, row), xytext=(8, 0), textcoords="offset points", va="center", color=style.INK
    )


def stacked_numbers(bars: Sequence[StackedBar], unit: str) -> Table:
    """Return one column per part, and their sum."""
    names = part_names(bars)
    return Table(
        ["cell", *(f"{name} {unit}" for name in names), f"sum {unit}"],
        [[bar.cell, *_words(bar.parts, names)] for bar in bars],
    )


def _words(parts: Mapping[str, float], names: Sequence[str]) -> list[str]:
    known = [amount(parts[name]) if name in parts else NONE for name in names]
    return [*known, amount(sum(parts.values()))]
