"""A table of interchangeable parts: name -> where it is defined, imported when it is asked for.

A row is `"name": "module:attribute"`. A package from outside adds a row through an entry point of the table's
group, so that its part needs no change here.
"""

import importlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Generic, TypeVar

Part = TypeVar("Part")


class UnknownPart(Exception):
    """A name that no row of the table has; the message lists the ones there are."""


class UnloadablePart(UnknownPart, ImportError):
    """A name whose row leads to nothing: its module cannot be imported, or has no such attribute."""


@dataclass(frozen=True)
class Catalogue(Generic[Part]):
    """The parts of one *kind* ("WSGI server", "Kafka client"), by name.

    *rows* are ours; *group* is the entry-point group in which other packages add theirs.
    """

    kind: str
    rows: Mapping[str, str]
    group: str

    def __iter__(self) -> Iterator[str]:
        return iter(self._all_rows())

    def load(self, name: str) -> Part:
        """Import the part called *name*; raise `UnknownPart` where there is none that can be imported."""
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
        theirs = {point.name: point.value for point in entry_points(group=self.group)}
        return theirs | dict(self.rows)
