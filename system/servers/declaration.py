"""Declaration of a WSGI server as data, used by every row of the catalogue."""

import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from signal import SIGTERM, Signals

from system.concurrency import Waiting
from system.servers.protocol import Launch, Serving


@dataclass(frozen=True)
class Concurrency:
    """How many requests one process of a server can have in flight."""

    model: str
    held: Callable[[int], int]
    """Requests in flight in one process, given its threads."""


ONE_AT_A_TIME = Concurrency("processes", lambda _threads: 1)
THREADS = Concurrency("processes x threads", lambda threads: threads)


def importable(module: str) -> bool:
    """Return whether *module* is installed, without importing it."""
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def is_built(distribution: str, build: str) -> bool:
    """Return whether the version of *distribution* ends in *build*; if that is empty, any version does."""
    try:
        return version(distribution).endswith(build)
    except PackageNotFoundError:
        return not build


@dataclass(frozen=True, kw_only=True)
class DeclaredServer:
    """A `Server` made of its parts.

    *module* must be importable. *build* is the end of the version, if only a special build works. *install*
    is the command that installs it, if that is not the usual `make setup`. *start* and *configure* return
    the command line and the settings for a `Serving`.
    """

    name: str
    distribution: str
    module: str
    start: Callable[[Serving], Launch]
    configure: Callable[[Serving], Mapping[str, str]]
    concurrency: Concurrency
    keep_alive: bool = True
    waiting: Waiting = "thread"
    stop_signal: Signals = SIGTERM
    defaults: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, str] = field(default_factory=dict)
    install: str | None = None
    build: str = ""

    @property
    def capacity_model(self) -> str:
        """The in-flight capacity as a formula in words."""
        return self.concurrency.model

    def launch(self, serving: Serving) -> Launch:
        """Return the command line that serves *serving*."""
        return self.start(serving)

    def capacity(self, processes: int, threads: int) -> int:
        """Return the in-flight capacity: the number of requests that can wait for their reply at once."""
        return processes * self.concurrency.held(threads)

    def unavailable(self) -> str | None:
        """Return why it cannot run on this machine and what to install, or None."""
        if importable(self.module) and is_built(self.distribution, self.build):
            return None
        how = self.install or f"make setup EXTRAS={self.name}"
        built = f" built as {self.build}" if self.build else ""
        return f"WSGI server {self.name!r} needs the package {self.distribution}{built}: {how}"

    def refusal(self, processes: int, threads: int) -> str | None:
        """Return why it cannot run here or with this concurrency, or None."""
        return self.unavailable() or too_few("processes", processes) or too_few("threads", threads)

    def settings(self, serving: Serving) -> Mapping[str, str]:
        """Return the settings in force that matter to a comparison."""
        return self.configure(serving)


def too_few(what: str, count: int) -> str | None:
    """Return why a *count* below 1 is refused, or None."""
    return None if count >= 1 else f"{what} is {count}; a server needs at least 1"
