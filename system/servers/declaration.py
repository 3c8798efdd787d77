"""A WSGI server declared as data: what most rows of the catalogue are."""

import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from signal import SIGTERM, Signals

from system.concurrency import Waiting
from system.servers.protocol import Launch, Serving


@dataclass(frozen=True)
class Concurrency:
    """How many requests one process of a server holds while their handlers wait."""

    model: str
    held: Callable[[int], int]
    """Requests in flight in one process, given its threads."""


ONE_AT_A_TIME = Concurrency("processes", lambda _threads: 1)
THREADS = Concurrency("processes x threads", lambda threads: threads)


def importable(module: str) -> bool:
    """Tell whether *module* is installed, without running it."""
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def is_built(distribution: str, build: str) -> bool:
    """Tell whether the version of *distribution* ends in *build*; where that is empty, any does."""
    try:
        return version(distribution).endswith(build)
    except PackageNotFoundError:
        return not build


@dataclass(frozen=True, kw_only=True)
class DeclaredServer:
    """A `Server` whose parts are given: how it starts, what it holds, what it is set to.

    *module* is what must be importable for it to run; *build* is what its version must end in where not every
    build will do; *install* says how to get it where `make setup` cannot; *start* and *configure* are
    functions of what is to be served.
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
        """Return how to start the server for *serving*."""
        return self.start(serving)

    def capacity(self, processes: int, threads: int) -> int:
        """Return how many requests can wait for their reply at once."""
        return processes * self.concurrency.held(threads)

    def unavailable(self) -> str | None:
        """Return why it cannot run on this machine and what to install, or None."""
        if importable(self.module) and is_built(self.distribution, self.build):
            return None
        how = self.install or f"make setup EXTRAS={self.name}"
        built = f" built as {self.build}" if self.build else ""
        return f"WSGI server {self.name!r} needs the package {self.distribution}{built}: {how}"

    def refusal(self, processes: int, threads: int) -> str | None:
        """Return why it cannot run here, or not with this concurrency, or None."""
        return self.unavailable() or too_few("processes", processes) or too_few("threads", threads)

    def settings(self, serving: Serving) -> Mapping[str, str]:
        """Return the settings in force that matter to a comparison."""
        return self.configure(serving)


def too_few(what: str, count: int) -> str | None:
    """Return the refusal of a *count* below 1, or None."""
    return None if count >= 1 else f"{what} is {count}; a server needs at least 1"
