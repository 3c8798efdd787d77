"""What the system needs of a WSGI server: how to start it, how much it holds, how it is stopped."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from signal import Signals
from typing import Protocol

from system.concurrency import Waiting

KEEP_ALIVE_S = 75
"""How long every server that can holds an idle connection open."""
BACKLOG = 2048
"""How many connections may wait to be accepted."""
GRACE_S = 8
"""How long a stopping server waits for the requests in flight; it must be gone 10 s after its signal."""


@dataclass(frozen=True)
class Serving:
    """What to serve, where, and with how much concurrency.

    *app* is `module:factory`; the factory takes no arguments, connects, and returns the WSGI application. It
    must be called in the process that will serve, after its fork, before that process accepts a request.
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
    """A WSGI server as the catalogue lists it.

    What it promises once launched: a worker that is killed is replaced; a worker that cannot build its
    application ends the whole server with a non-zero status and the reason on standard error; `stop_signal`
    lets the requests in flight finish and leaves no process after 10 s.
    """

    @property
    def name(self) -> str:
        """Its name in the catalogue."""

    @property
    def distribution(self) -> str | None:
        """Its package on PyPI, None where it needs none."""

    @property
    def waiting(self) -> Waiting:
        """How a handler has to wait in it."""

    @property
    def stop_signal(self) -> Signals:
        """What makes it finish the requests in flight and exit."""

    @property
    def capacity_model(self) -> str:
        """The in-flight capacity as a formula in words, e.g. "processes x threads"."""

    @property
    def keep_alive(self) -> bool:
        """Whether it holds a connection open for the next request."""

    @property
    def defaults(self) -> Mapping[str, str]:
        """What its documentation gives for the keys of `settings`."""

    @property
    def limits(self) -> Mapping[str, str]:
        """What it refuses or cuts off, e.g. the size of a header field."""

    def launch(self, serving: Serving) -> Launch:
        """Return how to start the server for *serving*."""

    def capacity(self, processes: int, threads: int) -> int:
        """Return how many requests can wait for their reply at once."""

    def unavailable(self) -> str | None:
        """Return why it cannot run on this machine and what to install, or None."""

    def refusal(self, processes: int, threads: int) -> str | None:
        """Return why it cannot run here, or not with this concurrency, or None."""

    def settings(self, serving: Serving) -> Mapping[str, str]:
        """Return the settings in force that matter to a comparison (keep-alive, backlog, access log, ...)."""
