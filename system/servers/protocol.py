"""Interface of a WSGI server: its command line, in-flight capacity, stop signal and settings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from signal import Signals
from typing import Protocol

from system.concurrency import Waiting

KEEP_ALIVE_S = 75
"""How long an idle connection is kept open, by every server with such a setting."""
BACKLOG = 2048
"""Most connections that wait to be accepted."""
GRACE_S = 3
"""How long a stopping server waits for requests in flight."""
CLOSE_S = 2
"""How long `close` of the application may last after that; a Kafka client flushes for 1.5 s at most."""
STOP_S = GRACE_S + CLOSE_S
"""How long after its stop signal a server may run; a worker that still runs then is killed."""


@dataclass(frozen=True)
class Serving:
    """An application to serve, its address and its concurrency.

    *app* is `module:factory`; the factory takes no arguments, connects, and returns the WSGI application. It
    must be called in the process that serves, after its fork and before that process accepts a request.
    """

    app: str
    host: str
    port: int
    processes: int
    threads: int


@dataclass(frozen=True)
class Launch:
    """A command line, and the variables to add to its environment."""

    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


class Server(Protocol):
    """A WSGI server, as listed in the catalogue.

    A launched server replaces a killed worker. If a worker cannot build its application, the whole server
    ends with a non-zero status and the reason on standard error. After `stop_signal`, requests in flight are
    finished, each worker calls `close` of its application if that has one, and all processes have ended
    within `STOP_S` and half a second.
    """

    @property
    def name(self) -> str:
        """Its name in the catalogue."""

    @property
    def distribution(self) -> str | None:
        """Its package on PyPI; None if it needs none."""

    @property
    def waiting(self) -> Waiting:
        """How a handler must wait under it."""

    @property
    def stop_signal(self) -> Signals:
        """The signal for finishing the requests in flight and exiting."""

    @property
    def capacity_model(self) -> str:
        """The in-flight capacity as a formula in words, e.g. "processes x threads"."""

    @property
    def keep_alive(self) -> bool:
        """Whether it keeps a connection open for the next request."""

    @property
    def defaults(self) -> Mapping[str, str]:
        """The documented default of each key of `settings`."""

    @property
    def limits(self) -> Mapping[str, str]:
        """Its limits, e.g. the size of a header field."""

    def launch(self, serving: Serving) -> Launch:
        """Return the command line that serves *serving*."""

    def capacity(self, processes: int, threads: int) -> int:
        """Return the in-flight capacity: the number of requests that can wait for their reply at once."""

    def unavailable(self) -> str | None:
        """Return why it cannot run on this machine and what to install, or None."""

    def refusal(self, processes: int, threads: int) -> str | None:
        """Return why it cannot run here or with this concurrency, or None."""

    def settings(self, serving: Serving) -> Mapping[str, str]:
        """Return the settings in force that matter to a comparison (keep-alive, backlog, access log, ...)."""
