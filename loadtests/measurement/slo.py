"""Service level objectives (`p99<50ms, errors<0.1%, rate>=200/s`): parsed, and compared with a window."""

import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from loadtests.measurement.window import WindowSummary

FORM = "NAME<NUMBER UNIT, e.g. p99<50ms, errors<0.1%, rate>=200/s"
COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
DURATIONS_MS = {"us": 0.001, "ms": 1.0, "s": 1_000.0}
SHARES = {"%": 0.01, "": 1.0}
RATES = {"/s": 1.0, "": 1.0}

_EXPRESSION = re.compile(
    r"\s*(?P<name>p\d+(?:\.\d+)?|[a-z]+)\s*(?P<sign>[<>]=?)\s*(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>\S*)\s*"
)


class WrongObjective(Exception):
    """A text that is not an objective."""


@dataclass(frozen=True)
class Objective:
    """One objective: figure *name* compared by *sign* with *limit* (ms, a fraction, 1/s); *text* as given."""

    name: str
    sign: str
    limit: float
    text: str


def parse_objectives(text: str) -> list[Objective]:
    """Parse a comma-separated list of objectives; raise `WrongObjective` for the first that is not one."""
    return [_parse_one(part) for part in text.split(",") if part.strip()]


def _parse_one(text: str) -> Objective:
    match = _EXPRESSION.fullmatch(text)
    if not match:
        raise WrongObjective(f"objective {text.strip()!r} is not of the form {FORM}")
    name, unit = match["name"], match["unit"]
    units = _units(name)
    if unit not in units:
        allowed = ", ".join(filter(None, units))
        raise WrongObjective(f"objective {text.strip()!r} has the unit {unit!r}; {name} takes {allowed}")
    return Objective(name, match["sign"], float(match["number"]) * units[unit], text.strip())


def _units(name: str) -> dict[str, float]:
    if name in ("mean", "max") or (name[0] == "p" and float(name[1:] or "nan") <= 100):
        return DURATIONS_MS
    if name == "errors":
        return SHARES
    if name in ("rate", "throughput"):
        return RATES
    raise WrongObjective(
        f"objective {name!r} is not known; choose p0 to p100, mean, max, errors, rate or throughput"
    )


def missed(objectives: list[Objective], summary: WindowSummary) -> Iterator[str]:
    """Yield a sentence for each objective that *summary* misses, with the value that it has instead."""
    for objective in objectives:
        value = summary.value(objective.name)
        if value is None:
            yield f"{objective.text}: nothing was measured"
        elif not COMPARISONS[objective.sign](value, objective.limit):
            yield f"{objective.text}: it was {_words(objective.name, value, summary)}"


def _words(name: str, value: float, summary: WindowSummary) -> str:
    if _units(name) is DURATIONS_MS:
        return summary.time_words(name)
    return f"{value:.4g}{'/s' if _units(name) is RATES else ' of 1'}"
