"""What a command finds around it, as a value, so that tests put their own in its place."""

from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.commands import Commands
from benchmarks.environment import read_environment
from benchmarks.results.schema import Environment


@dataclass(frozen=True)
class Surroundings:
    """The command lines of the other parts, and how to find out where we are."""

    commands: Commands = field(default_factory=Commands)
    read_environment: Callable[[], Environment] = read_environment
