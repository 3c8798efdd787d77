"""The endpoint's server, client and concurrency: apply defaults, and refuse combinations that cannot work."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from system.baselines.catalogue import BASELINES, Baseline
from system.catalogue import UnknownPart
from system.clients.catalogue import CLIENTS
from system.clients.protocol import ClientKind
from system.combination import disagreement, too_many
from system.concurrency import Waiting
from system.endpoint.settings import DEADLINE_S
from system.errors import EnvironmentUnfit
from system.servers.catalogue import SERVERS
from system.servers.protocol import Server

SERVER, CLIENT, PROCESSES, THREADS = "granian", "confluent-kafka", 1, 64
APP = "system.endpoint.app:open_app"

SPARE: Mapping[Waiting, int] = {"thread": 8, "gevent": 1000, "meinheld": 0}
"""What a server is started with beyond its places for waiting requests, per process.

Spare threads answer what does not wait for a reply: refusals, health checks, metrics. Where a connection
occupies a greenlet, idle or not, as many connections again may be open. Meinheld has no bound of its own.
"""

OURS = ("deadline_s", "max_waiting", "health_port")
"""The options that only our application has."""


class CombinationRefused(Exception):
    """Options that contradict each other. The message is one line: why, and what works (exit code 2)."""


@dataclass(frozen=True)
class EndpointOptions:
    """The options that the caller gave; None selects the default."""

    server: str | None = None
    client: str | None = None
    baseline: str | None = None
    processes: int | None = None
    threads: int | None = None
    deadline_s: float | None = None
    max_waiting: int | None = None
    health_port: int | None = None


@dataclass(frozen=True)
class EndpointChoice:
    """The endpoint to start: server, client, concurrency, and its *app* (`module:factory`).

    In each process, *max_waiting* requests may wait for their reply, *deadline_s* each. Health checks are
    also answered on *health_port*, unless it is None.
    """

    server: Server
    client: ClientKind
    processes: int
    threads: int
    max_waiting: int
    deadline_s: float = DEADLINE_S
    health_port: int | None = None
    app: str = APP

    @property
    def launched_threads(self) -> int:
        """The threads with which the server is started: those that wait, and for our application spare ones.

        A server whose capacity does not follow its threads is started with the threads that were chosen.
        """
        wanted = self.server.capacity(1, self.threads) + SPARE[self.server.waiting]
        scales = self.server.capacity(1, wanted) == wanted
        return wanted if scales and self.app == APP else self.threads


def choose(options: EndpointOptions) -> EndpointChoice:
    """Return the endpoint that *options* select.

    Raise `UnknownPart` for an unknown name, `CombinationRefused` for a combination that cannot work, and
    `EnvironmentUnfit` if a package is missing.
    """
    choice = _of_baseline(options) if options.baseline else _of_parts(options)
    if lack := choice.server.unavailable() or choice.client.refusal():
        raise EnvironmentUnfit(lack)
    refusal = choice.server.refusal(choice.processes, choice.threads) or _disagreement(choice)
    if refusal := refusal or _too_many_waiting(choice):
        raise CombinationRefused(refusal)
    return choice


def find_baseline(name: str) -> Baseline:
    """Return the baseline called *name*; raise `UnknownPart` if there is none."""
    if name not in BASELINES:
        raise UnknownPart(f"baseline {name!r} is not known; choose one of {', '.join(BASELINES)}")
    return BASELINES[name]


def _of_baseline(options: EndpointOptions) -> EndpointChoice:
    baseline = find_baseline(options.baseline or "")
    if any(getattr(options, name) is not None for name in baseline.fixed):
        fixed = ", ".join(f"--{name}" for name in baseline.fixed)
        raise CombinationRefused(
            f"baseline {baseline.name} fixes {', '.join(baseline.fixed)}; "
            f"leave {fixed} out, or leave --baseline out"
        )
    if unknown := [name for name in OURS if getattr(options, name) is not None]:
        given = ", ".join(f"--{name.removesuffix('_s').replace('_', '-')}" for name in unknown)
        raise CombinationRefused(f"baseline {baseline.name} has no {given}; leave that out, or --baseline")
    return replace(_of_parts(replace(options, **baseline.fixed)), app=baseline.app)


def _of_parts(options: EndpointOptions) -> EndpointChoice:
    server = SERVERS.load(options.server or SERVER)
    threads = THREADS if options.threads is None else options.threads
    places = max(server.capacity(1, threads), 1)
    return EndpointChoice(
        server=server,
        client=CLIENTS.load(options.client or CLIENT),
        processes=PROCESSES if options.processes is None else options.processes,
        threads=threads,
        max_waiting=places if options.max_waiting is None else options.max_waiting,
        deadline_s=DEADLINE_S if options.deadline_s is None else options.deadline_s,
        health_port=options.health_port,
    )


def _disagreement(choice: EndpointChoice) -> str | None:
    claims = choice.app == APP
    return disagreement(choice.server, choice.client, choice.processes) or (
        too_many(choice.client, choice.processes) if claims else None
    )


def _too_many_waiting(choice: EndpointChoice) -> str | None:
    places = choice.server.capacity(1, choice.threads)
    if choice.max_waiting <= places:
        return None
    return (
        f"--max-waiting {choice.max_waiting} is more than a process of {choice.server.name} can hold with "
        f"--threads {choice.threads}; give {places} at most"
    )
