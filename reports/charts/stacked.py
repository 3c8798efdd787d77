"""Stacked parts of a whole, a row a cell: where the time goes, and where the CPU goes."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.charts import style
from reports.charts.values import StackedBar
from reports.formatting import NONE, Table, amount


def numbers(stacks: Sequence[StackedBar], unit: str) -> Table:
    """Return a column for each part, and their sum."""
    names = list(dict.fromkeys(name for stack in stacks for name, _ in stack.parts))
    return Table(
        ["cell", *(f"{name} {unit}" for name in names), f"sum {unit}"],
        [[stack.cell, *_words(dict(stack.parts), names)] for stack in stacks],
    )


def _words(parts: dict[str, float], names: Sequence[str]) -> list[str]:
    known = [amount(parts[name]) if name in parts else NONE for name in names]
    return [*known, amount(sum(parts.values()))]


def draw(stacks: Sequence[StackedBar], unit: str) -> Figure:
    """Draw a row a cell; parts keep their colour and their order from the first stack that has them."""
    names = list(dict.fromkeys(name for stack in stacks for name, _ in stack.parts))
    colours = {name: style.colour(i) for i, name in enumerate(names)}
    with style.canvas(style.rows_height(len(stacks)) + 0.4) as (figure, axes):
        for row, stack in enumerate(stacks):
            _draw_row(axes, row, stack, colours)
        style.name_rows(axes, [stack.cell for stack in stacks])
        axes.set_xlim(0, 1.15 * max((_total(stack) for stack in stacks), default=1))
        axes.set_xlabel(unit)
        axes.grid(axis="x")
        handles = [axes.barh(0, 0, color=colours[name], label=name) for name in names]
        if handles:
            axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=len(names), frameon=False)
        return figure


def _draw_row(axes: Axes, row: int, stack: StackedBar, colours: dict[str, str]) -> None:
    left = 0.0
    for name, value in stack.parts:
        axes.barh(row, value, left=left, height=0.55, color=colours[name])
        left += value
    axes.annotate(
        f"{left:.3g}", (left, row), xytext=(8, 0), textcoords="offset points", va="center", color=style.INK
    )


def _total(stack: StackedBar) -> float:
    return sum(value for _, value in stack.parts)
