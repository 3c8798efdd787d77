"""A table of words, as the page, Markdown and the pictures' numbers use it."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """Column heads, and rows whose first column names them."""

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
