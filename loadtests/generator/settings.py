"""What a load is asked to be, read once from the command line or the web page's form."""

from argparse import Namespace
from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from loadtests.generator.schedule import ARRIVALS, SHAPES, schedule_s
from loadtests.scenarios.catalogue import scenarios

LOADS = ("closed", "open")


class WrongSettings(Exception):
    """Settings that no load can be made from; one sentence for each that is wrong."""


@dataclass(frozen=True)
class LoadSettings:
    """One load. Durations in seconds; *rate* in requests per second, of the open loop."""

    scenario: str = "mixed"
    load: str = "closed"
    users: int = 1
    rate: float = 100.0
    arrivals: str = "poisson"
    shape: str = "constant"
    population: int = 100
    skew: float = 0.0
    warm_up: float = 1.0
    warm_up_at_most: float = 0.0
    """How far a closed loop's warm-up is extended until throughput is steady; 0 leaves it fixed."""
    window: float = 10.0
    seed: int = 1
    timeout: float = 15.0
    lag_limit: float = 10.0
    out: str = ""

    @property
    def duration(self) -> float:
        """Seconds from the first request to the last."""
        return self.warm_up + self.window

    def schedule_s(self) -> NDArray[np.float64]:
        """List when the requests of an open loop are due, in seconds from its start."""
        return schedule_s(self.rate, self.arrivals, self.shape, self.warm_up, self.window, self.seed)


def read_settings(options: Namespace, users: int) -> LoadSettings:
    """Take the settings out of Locust's parsed *options*; raise `WrongSettings` naming all that is wrong."""
    names = {field.name for field in fields(LoadSettings)} - {"users"}
    settings = LoadSettings(users=users, **{name: getattr(options, name) for name in names})
    check_settings(settings)
    return settings


def check_settings(settings: LoadSettings) -> None:
    """Raise `WrongSettings`, naming all that is wrong, if anything is."""
    if wrong := list(_complaints(settings)):
        raise WrongSettings("; ".join(wrong))


def _complaints(settings: LoadSettings) -> Iterator[str]:
    yield from _choice("scenario", settings.scenario, tuple(scenarios()))
    yield from _choice("load", settings.load, LOADS)
    yield from _choice("arrivals", settings.arrivals, ARRIVALS)
    yield from _choice("shape", settings.shape, tuple(SHAPES))
    for name in ("rate", "window", "timeout", "population", "users", "lag_limit"):
        if not getattr(settings, name) > 0:
            yield f"{name} {getattr(settings, name)} is not allowed; give a number above 0"
    if settings.warm_up_at_most and settings.load == "open":
        yield "warm_up_at_most is for a closed loop; an open one sends what its schedule says, so leave it 0"
    elif settings.warm_up_at_most and not settings.warm_up:
        yield "warm_up 0 cannot be extended; give it a length, or leave warm_up_at_most 0"
    elif 0 < settings.warm_up_at_most < settings.warm_up:
        yield f"warm_up_at_most {settings.warm_up_at_most} is below warm_up {settings.warm_up}; give as much"
    for name in ("warm_up", "warm_up_at_most", "skew"):
        if not getattr(settings, name) >= 0:
            yield f"{name} {getattr(settings, name)} is not allowed; give 0 or more"


def _choice(name: str, value: str, allowed: tuple[str, ...]) -> Iterator[str]:
    if value not in allowed:
        yield f"{name} {value!r} is not known; choose one of {', '.join(allowed)}"
