"""Migration of older documents to the present schema, one version at a time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.results.store.schema import SCHEMA_VERSION

Content = dict[str, Any]


class UnknownVersionError(Exception):
    """A version without a migration."""


def unchanged(content: Content) -> Content:
    """Return *content*: the next version only adds fields with defaults."""
    return content


@dataclass(frozen=True)
class Migration:
    """The functions that bring each kind of document from one version to the next."""

    run: Callable[[Content], Content] = unchanged
    trial: Callable[[Content], Content] = unchanged
    probe: Callable[[Content], Content] = unchanged


MIGRATIONS: Mapping[int, Migration] = {number: Migration() for number in range(1, 5)}
"""By the version to migrate from; `benchmarks.results.store.schema` has the history."""


def migrated(
    content: Content,
    version: object,
    kind: str,
    table: Mapping[int, Migration] = MIGRATIONS,
    newest: int = SCHEMA_VERSION,
) -> Content:
    """Return *content*, a `run`, `trial` or `probe` (*kind*) of *version*, in the form of version *newest*.

    Raise `UnknownVersionError` where *version* is neither *newest* nor in *table*.
    """
    while version != newest:
        if not isinstance(version, int) or version not in table:
            raise UnknownVersionError(version)
        content = getattr(table[version], kind)(content)
        version += 1
    return content
