"""Profiles: cells, load and limits of a run in TOML; unknown keys and malformed values are refused."""

import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from benchmarks.results.judge.sequential import FIRST_LOOK
from benchmarks.results.store.schema import CapacityPlan, Limits, Load, OpenPlan, Slo

FOLDER = Path(__file__).parent / "profiles"

Positive = Annotated[int, Field(ge=1)]
Seconds = Annotated[float, Field(gt=0)]


class ProfileError(Exception):
    """A profile that cannot be used; the message names the file, the line, the key and what is allowed."""


class Setting(BaseModel):
    """A part of a profile: frozen, refuses unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class NamedCell(Setting):
    """A cell that is written out; None takes the default of the profile."""

    name: str | None = None
    server: str
    client: str
    processes: Positive | None = None
    threads: Positive | None = None
    scenario: str | None = None
    load: Load | None = None
    baseline: str | None = None
    functions: str | None = None


class Axes(Setting):
    """Lists whose product makes cells; `["*"]` is the whole catalogue, an empty list the default."""

    servers: list[str] = []
    clients: list[str] = []
    scenarios: list[str] = []
    processes: list[Positive] = []
    threads: list[Positive] = []
    loads: list[Load] = []


class Exclusion(Setting):
    """Cells of the axes that are left out, and why; None matches every server or client."""

    server: str | None = None
    client: str | None = None
    reason: str


class Profile(Setting):
    """A profile as in its file."""

    description: str
    reference: str
    scenario: str = "mixed"
    seed: int = 1
    blocks: Positive | Literal["enough", "until-decided"]
    """`enough`: as many as find a difference of 10 % at 5 % noise with this number of cells.

    `until-decided`: until every comparison with the reference is decided, within the two bounds that follow.
    """
    blocks_at_most: Annotated[int, Field(ge=FIRST_LOOK)] | None = None
    budget_s: Seconds | None = None
    """Time for trials; no block starts that is not likely to end within it."""
    warm_up_s: Seconds
    warm_up_at_most_s: Seconds | None = None
    """A closed loop's warm-up is extended until throughput is steady, up to this; None is a fixed warm-up."""
    window_s: Seconds
    runtime_warm_up_s: Annotated[float, Field(ge=0)] = 10
    attempts: Positive = 3
    smallest_difference: Annotated[float, Field(gt=0, lt=1)] = 0.05
    processes: Positive = 1
    threads: Positive = 64
    load: Load
    limits: Limits = Limits()
    open: OpenPlan | None = None
    """The open loop that follows each closed one; None is none."""
    capacity: CapacityPlan | None = None
    """How capacities are searched after the trials; None is not at all."""
    twin: str | None = None
    """The cell that is measured twice, as the A/A control."""
    axes: Axes = Axes()
    cells: list[NamedCell] = []
    exclusions: list[Exclusion] = []

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        """Refuse `until-decided` without its bounds, and the bounds without it."""
        bounds = (self.blocks_at_most, self.budget_s)
        if self.blocks == "until-decided" and None in bounds:
            raise ValueError('blocks = "until-decided" needs blocks_at_most and budget_s')
        if self.blocks != "until-decided" and bounds != (None, None):
            raise ValueError('blocks_at_most and budget_s need blocks = "until-decided"')
        return self


def profile_names() -> list[str]:
    """Return the names of the profiles that come with the project."""
    return sorted(file.stem for file in FOLDER.glob("*.toml"))


def find_profile(name: str) -> Path:
    """Return the file of the profile called *name*, which may be the path of a .toml file."""
    path = Path(name)
    file = path if path.suffix == ".toml" else FOLDER / f"{name}.toml"
    if not file.is_file():
        known = ", ".join(profile_names())
        raise ProfileError(f"profile {name!r} is not known; choose one of {known}, or give a .toml file")
    return file


def read_profile(file: Path) -> Profile:
    """Return the profile in *file*."""
    return parse_profile(file.read_text(), str(file))


def parse_profile(text: str, source: str) -> Profile:
    """Return the profile in *text*; raise `ProfileError` with everything that is wrong, in one line."""
    try:
        return Profile.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(f"{source}: not TOML: {error}") from error
    except ValidationError as error:
        problems = "; ".join(_problem(one, text) for one in error.errors())
        raise ProfileError(f"{source}: {problems}") from error


def _problem(error: Any, text: str) -> str:
    if not error["loc"]:
        return str(error["ctx"]["error"])
    where = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        problem = f"unknown key; allowed are {', '.join(_allowed(error['loc']))}"
    else:
        problem = (
            f"{error['msg'].lower()}, given {error['input']!r}" if error["type"] != "missing" else "missing"
        )
    line = _line_of(str(error["loc"][-1]), text)
    return f"{f'line {line}: ' if line else ''}{where}: {problem}"


def _line_of(key: str, text: str) -> int | None:
    name = re.escape(key)
    pattern = re.compile(rf"^\s*(\[+[\w.-]*)?{name}\s*[=\].]|[{{,]\s*{name}\s*=")
    return next((number for number, line in enumerate(text.splitlines(), 1) if pattern.search(line)), None)


def _allowed(place: tuple[int | str, ...]) -> list[str]:
    models: dict[str, type[BaseModel]] = {
        "load": Load,
        "loads": Load,
        "limits": Limits,
        "capacity": CapacityPlan,
        "open": OpenPlan,
        "slo": Slo,
        "axes": Axes,
        "cells": NamedCell,
        "exclusions": Exclusion,
    }
    parents = [part for part in place[:-1] if isinstance(part, str)]
    return list(models[parents[-1]].model_fields if parents else Profile.model_fields)
