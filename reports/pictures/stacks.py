"""The numbers of stacked parts."""

from collections.abc import Sequence

from reports.figures.values import Stack
from reports.sentences import NONE, amount
from reports.tables import Table


def numbers(stacks: Sequence[Stack], unit: str) -> Table:
    """Return a column for each part, and their sum."""
    names = list(dict.fromkeys(name for stack in stacks for name, _ in stack.parts))
    return Table(
        ["cell", *(f"{name} {unit}" for name in names), f"sum {unit}"],
        [[stack.cell, *_words(dict(stack.parts), names)] for stack in stacks],
    )


def _words(parts: dict[str, float], names: Sequence[str]) -> list[str]:
    known = [amount(parts[name]) if name in parts else NONE for name in names]
    return [*known, amount(sum(parts.values()))]
