"""Which optional packages a part needs, and how each is built, as `requirements-extras.lock` pins them."""

import re
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from system.servers import meinheld
from system.setup import meinheld_source

LOCK = Path(__file__).parents[2] / "requirements-extras.lock"
ALL = "all"


class UnknownExtra(Exception):
    """A name that no part has; the message lists the ones there are."""


@dataclass(frozen=True)
class Recipe:
    """What a package needs beside its own lines of the lock: other packages of it, time, a repair."""

    needs: tuple[str, ...] = ()
    minutes: int = 0
    repair: Callable[[Path], None] | None = None
    """Changes its unpacked source before it is built."""
    build: str = ""
    """What its version ends in once it is repaired."""


RECIPES = {
    "cheroot": Recipe(needs=("jaraco-functools", "more-itertools")),
    "meinheld": Recipe(minutes=1, repair=meinheld_source.repair, build=meinheld.BUILD),
    "mod-wsgi": Recipe(minutes=1),
    "mod-wsgi-standalone": Recipe(needs=("mod-wsgi-httpd",), minutes=8),
}
INSTEAD = {"mod-wsgi-standalone": ("mod-wsgi", "apxs")}
"""What is quicker to build where a program is there: the one for an Apache that is installed."""


@dataclass(frozen=True)
class Extra:
    """An optional *package*, the *parts* that need it, and the lines of the lock: its needs' and its own."""

    package: str
    parts: tuple[str, ...]
    version: str
    requirements: tuple[str, ...]
    recipe: Recipe


def canonical(package: str) -> str:
    """Return the one spelling of *package* that all others mean too (PEP 503)."""
    return re.sub(r"[-_.]+", "-", package).lower()


def pinned(lock: str) -> dict[str, str]:
    """Return each package's lines of *lock*, its hashes included."""
    blocks = re.split(r"^(?=[A-Za-z0-9])", lock, flags=re.MULTILINE)
    return {canonical(block.partition("==")[0]): block for block in blocks if "==" in block}


def wanted(
    asked: str,
    packages: Mapping[str, str | None],
    lock: str,
    which: Callable[[str], str | None] = shutil.which,
) -> list[Extra]:
    """Return the extras that the parts *asked* for need, the slow ones last; "all" means every part.

    *packages* are the parts' own by name. A part whose package is not in *lock* is with every installation.
    Raise `UnknownExtra` for a name that no part has.
    """
    names = list(packages) if asked == ALL else [name for name in asked.split(",") if name]
    if unknown := [name for name in names if name not in packages]:
        raise UnknownExtra(
            f"extra {', '.join(unknown)} is not known; choose {ALL} or of {', '.join(packages)}"
        )
    needed = {name: canonical(packages[name] or "") for name in names}
    blocks = pinned(lock)
    extras = [_extra(package, needed, blocks, which) for package in _unique(needed.values(), blocks)]
    return sorted(extras, key=lambda extra: extra.recipe.minutes)


def reason(output: str) -> str:
    """Return the line of an installation's *output* that says best why it failed."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if "error:" in line.lower() and not re.match("error: [a-z-]+$", line)]
    told = [line for line in errors if not line.startswith("ERROR:")] or errors or lines
    return told[-1] if told else "it said nothing"


def _unique(packages: Iterable[str], blocks: Mapping[str, str]) -> list[str]:
    return [package for package in dict.fromkeys(packages) if package in blocks]


def _extra(
    package: str,
    needed: Mapping[str, str],
    blocks: Mapping[str, str],
    which: Callable[[str], str | None],
) -> Extra:
    parts = tuple(name for name, its in needed.items() if its == package)
    other, program = INSTEAD.get(package, (package, ""))
    chosen = other if program and which(program) else package
    recipe = RECIPES.get(chosen, Recipe())
    version = blocks[chosen].partition("==")[2].split()[0] + recipe.build
    lines = tuple(blocks[name] for name in (*recipe.needs, chosen))
    return Extra(chosen, parts, version, lines, recipe)
