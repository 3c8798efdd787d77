"""Optional packages: which one each part needs, as `requirements-extras.lock` pins it, and its build."""

import re
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from system.servers import meinheld
from system.setup import meinheld_source

LOCK = Path(__file__).parents[2] / "requirements-extras.lock"
ALL = "all"


@dataclass(frozen=True)
class Recipe:
    """How a package is built, if it takes more than its own lines of the lock."""

    needs: tuple[str, ...] = ()
    """Other packages of the lock that are installed first."""
    minutes: int = 0
    patch: Callable[[Path], None] | None = None
    """Changes the unpacked source before the build."""
    build: str = ""
    """The suffix of the version of the patched package."""


RECIPES = {
    "cheroot": Recipe(needs=("jaraco-functools", "more-itertools")),
    "meinheld": Recipe(minutes=1, patch=meinheld_source.patch, build=meinheld.BUILD),
    "mod-wsgi": Recipe(minutes=1),
    "mod-wsgi-standalone": Recipe(needs=("mod-wsgi-httpd",), minutes=8),
}
SUBSTITUTES = {"mod-wsgi-standalone": ("mod-wsgi", "apxs")}
"""Package -> a package that builds faster, and the program that it needs (of an installed Apache)."""


@dataclass(frozen=True)
class Extra:
    """An optional *package*: the *parts* that need it, and its *requirements*, which are lines of the lock.

    The last requirement is the package itself.
    """

    package: str
    parts: tuple[str, ...]
    version: str
    requirements: tuple[str, ...]
    recipe: Recipe


class UnknownExtra(Exception):
    """A name that no part has; the message lists the existing names."""


def select(
    names: str,
    packages: Mapping[str, str | None],
    lock: str,
    which: Callable[[str], str | None] = shutil.which,
) -> list[Extra]:
    """Return the extras that the parts *names* (comma-separated, or "all") need, the slowest builds last.

    *packages* maps the name of each part to its package. A package that is not in *lock* is part of every
    installation. Raise `UnknownExtra` for a name that no part has.
    """
    chosen = list(packages) if names == ALL else [name for name in names.split(",") if name]
    if unknown := [name for name in chosen if name not in packages]:
        raise UnknownExtra(
            f"extra {', '.join(unknown)} is not known; choose {ALL} or of {', '.join(packages)}"
        )
    needed = {name: canonical(packages[name] or "") for name in chosen}
    blocks = pinned(lock)
    extras = [_extra(package, needed, blocks, which) for package in _unique(needed.values(), blocks)]
    return sorted(extras, key=lambda extra: extra.recipe.minutes)


def pinned(lock: str) -> dict[str, str]:
    """Return the lines of each package in *lock*, with its hashes."""
    blocks = re.split(r"^(?=[A-Za-z0-9])", lock, flags=re.MULTILINE)
    return {canonical(block.partition("==")[0]): block for block in blocks if "==" in block}


def canonical(package: str) -> str:
    """Return the normalised name of *package* (PEP 503)."""
    return re.sub(r"[-_.]+", "-", package).lower()


def _unique(packages: Iterable[str], blocks: Mapping[str, str]) -> list[str]:
    return [package for package in dict.fromkeys(packages) if package in blocks]


def _extra(
    package: str,
    needed: Mapping[str, str],
    blocks: Mapping[str, str],
    which: Callable[[str], str | None],
) -> Extra:
    parts = tuple(name for name, its in needed.items() if its == package)
    substitute, program = SUBSTITUTES.get(package, (package, ""))
    built = substitute if program and which(program) else package
    recipe = RECIPES.get(built, Recipe())
    version = blocks[built].partition("==")[2].split()[0] + recipe.build
    lines = tuple(blocks[name] for name in (*recipe.needs, built))
    return Extra(built, parts, version, lines, recipe)
