"""The settings of a load: one table of fields, from which every command line and form is made."""

from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from loadtests.generator.schedule import ARRIVALS, SHAPES, schedule_s
from loadtests.scenarios.catalogue import scenarios

LOADS = ("closed", "open")


class WrongSettings(Exception):
    """Settings that make no load; one sentence for each that is wrong."""


def _setting(
    default: str | float, flag: str, help_text: str, choices: Callable[[], Iterable[str]] | None = None
) -> Any:
    """Declare a field with its option on the command line; *choices* are read when they are used."""
    return field(default=default, metadata={"flag": flag, "help": help_text, "choices": choices})


@dataclass(frozen=True)
class LoadSettings:
    """One load."""

    scenario: str = _setting("mixed", "--scenario", "Scenario: which requests are sent.", scenarios)
    load: str = _setting(
        "closed", "--load", "closed: a number of users; open: a rate of requests.", lambda: LOADS
    )
    users: int = _setting(1, "--users", "Users of a closed loop.")
    rate_per_s: float = _setting(100.0, "--rate", "Requests per second of an open loop.")
    arrivals: str = _setting(
        "poisson", "--arrivals", "Gaps between the requests of an open loop.", lambda: ARRIVALS
    )
    shape: str = _setting("constant", "--shape", "Course of the load over the window.", SHAPES.keys)
    population: int = _setting(100, "--population", "Users created before the load.")
    skew: float = _setting(0.0, "--skew", "Zipf exponent of the choice of users; 0 is uniform.")
    warm_up_s: float = _setting(1.0, "--warm-up", "Seconds of load before the window.")
    warm_up_at_most_s: float = _setting(
        0.0,
        "--warm-up-at-most",
        "Seconds up to which a closed loop's warm-up is extended until throughput is steady; 0: fixed.",
    )
    window_s: float = _setting(10.0, "--window", "Seconds of the window that is measured.")
    seed: int = _setting(1, "--seed", "Seed: the same one makes the same requests.")
    timeout_s: float = _setting(15.0, "--timeout", "Seconds to wait for an answer.")
    lag_limit_ms: float = _setting(10.0, "--lag-limit", "Lag p99 in ms above which a load is invalid.")
    out: str = _setting("", "--out", "Folder for samples.npy, load.json and ledger.json.")

    def schedule_s(self) -> NDArray[np.float64]:
        """Return when the requests of an open loop are due, in seconds from its start."""
        return schedule_s(
            self.rate_per_s, self.arrivals, self.shape, self.warm_up_s, self.window_s, self.seed
        )


class LoadOption(NamedTuple):
    """The option that sets one *field* of `LoadSettings`."""

    field: str
    flag: str
    default: str | int | float
    help: str
    choices: tuple[str, ...]
    """Empty where any value of the default's type is allowed."""

    @property
    def form_name(self) -> str:
        """The name of the field in Locust's start form, and of its parsed option."""
        return self.flag.removeprefix("--").replace("-", "_")


def load_options(*, without: tuple[str, ...] = ()) -> list[LoadOption]:
    """Return the options of all settings but those of the fields *without*."""
    default = LoadSettings()
    return [
        LoadOption(
            one.name,
            one.metadata["flag"],
            getattr(default, one.name),
            one.metadata["help"],
            tuple(one.metadata["choices"]()) if one.metadata["choices"] else (),
        )
        for one in fields(LoadSettings)
        if one.name not in without
    ]


def read_settings(options: Namespace, users: int) -> LoadSettings:
    """Read the settings from Locust's parsed *options*; raise `WrongSettings` if any are wrong."""
    values = {one.field: getattr(options, one.form_name) for one in load_options(without=("users",))}
    settings = LoadSettings(users=users, **values)
    check_settings(settings)
    return settings


def check_settings(settings: LoadSettings) -> None:
    """Raise `WrongSettings`, which names every setting that is wrong, if there is one."""
    if wrong := [*_wrong_values(settings), *_wrong_warm_up(settings)]:
        raise WrongSettings("; ".join(wrong))


ABOVE_0 = ("rate_per_s", "window_s", "timeout_s", "population", "users", "lag_limit_ms")
NOT_BELOW_0 = ("warm_up_s", "warm_up_at_most_s", "skew")


def _wrong_values(settings: LoadSettings) -> Iterator[str]:
    for option in load_options():
        value, flag = getattr(settings, option.field), option.flag
        if option.choices and value not in option.choices:
            yield f"{flag} {value!r} is not known; choose one of {', '.join(option.choices)}"
        if option.field in ABOVE_0 and not value > 0:
            yield f"{flag} {value} is not allowed; give a number above 0"
        if option.field in NOT_BELOW_0 and not value >= 0:
            yield f"{flag} {value} is not allowed; give 0 or more"


def _wrong_warm_up(settings: LoadSettings) -> Iterator[str]:
    fixed_s, bound_s = settings.warm_up_s, settings.warm_up_at_most_s
    if bound_s and settings.load == "open":
        yield "--warm-up-at-most is for a closed loop; the schedule of an open loop is fixed, so leave it 0"
    elif bound_s and not fixed_s:
        yield "--warm-up 0 cannot be extended; give it a length, or leave --warm-up-at-most 0"
    elif 0 < bound_s < fixed_s:
        yield f"--warm-up-at-most {bound_s} is below --warm-up {fixed_s}; give at least as much"
