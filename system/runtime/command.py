"""A child process, as a value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Command:
    """What to start: *arguments*, what to add to the *environment*, and the *log* that takes both outputs.

    Without a *log*, both go to our own standard error.
    """

    arguments: tuple[str, ...]
    log: Path | None
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def log_is(self) -> str:
        """Where to read what it said, in words."""
        return f"its log is {self.log}" if self.log else "its log is above"
