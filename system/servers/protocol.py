"""What the system needs of a WSGI server: how to start it, how much it holds, how it is stopped."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from signal import Signals
from typing import Literal, Protocol

Waiting = Literal["thread", "gevent", "meinheld"]
"""How a handler waits for its reply inside a server: what it blocks, and what wakes it."""


@dataclass(frozen=True)
class Serving:
    """What to serve, where, and with how much concurrency.

    *app* is `module:factory`; the factory takes no arguments, connects, and returns the WSGI application. It must
    be called in the process that will serve, after its fork.
    """

    app: str
    host: str
    port: int
    processes: int
    threads: int


@dataclass(frozen=True)
class Launch:
    """A command line, and what it needs in its environment beside what is there."""

    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


class Server(Protocol):
    """A WSGI server as the catalogue lists it."""

    name: str
    distribution: str | None
    """Its package on PyPI, None where it needs none."""
    waiting: Waiting
    stop_signal: Signals
    """What makes it finish the requests in flight and exit."""
    capacity_model: str
    """The in-flight capacity as a formula in words, e.g. "processes x threads"."""

    def launch(self, serving: Serving) -> Launch:
        """Return how to start the server for *serving*."""

    def capacity(self, processes: int, threads: int) -> int:
        """Return how many requests can wait for their reply at once."""

    def refusal(self, processes: int, threads: int) -> str | None:
        """Return why this concurrency cannot be had from this server, or None."""

    def settings(self, serving: Serving) -> Mapping[str, str]:
        """Return the settings in force that matter to a comparison (keep-alive, backlog, access log, ...)."""
