"""Catalogue of interchangeable parts: name -> where the part is defined; it is imported on demand.

A row is `"name": "module:attribute"`. Another package adds a row by an entry point in the catalogue's group,
without a change here.
"""

import importlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Generic, TypeVar

Part = TypeVar("Part")


class UnknownPart(Exception):
    """A name that is not in the catalogue; the message lists those that are."""


class UnloadablePart(UnknownPart, ImportError):
    """A row whose module cannot be imported or lacks the attribute."""


@dataclass(frozen=True)
class Catalogue(Generic[Part]):
    """The parts of one *kind* ("WSGI server", "Kafka client"), by name.

    *rows* are built in; other packages add theirs in the entry-point group *group*.
    """

    kind: str
    rows: Mapping[str, str]
    group: str

    def __iter__(self) -> Iterator[str]:
        return iter(self._all_rows())

    def load(self, name: str) -> Part:
        """Import and return the part *name*; raise `UnknownPart` if that is not possible."""
        rows = self._all_rows()
        if name not in rows:
            raise UnknownPart(f"{self.kind} {name!r} is not known; choose one of {', '.join(rows)}")
        module, _, attribute = rows[name].partition(":")
        try:
            part: Part = getattr(importlib.import_module(module), attribute)
        except (ImportError, AttributeError) as error:
            raise UnloadablePart(
                f"{self.kind} {name!r} cannot be loaded from {rows[name]} ({error}); install its package anew"
            ) from error
        return part

    def _all_rows(self) -> dict[str, str]:
        added = {point.name: point.value for point in entry_points(group=self.group)}
        return added | dict(self.rows)
