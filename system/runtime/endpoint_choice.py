"""The endpoint's server, client and concurrency: apply defaults, and refuse combinations that cannot work."""

from dataclasses import dataclass, replace

from system.baselines.catalogue import BASELINES, Baseline
from system.catalogue import UnknownPart
from system.clients.catalogue import CLIENTS
from system.clients.protocol import ClientKind
from system.combination import disagreement, too_many
from system.errors import EnvironmentUnfit
from system.servers.catalogue import SERVERS
from system.servers.protocol import Server

SERVER, CLIENT, PROCESSES, THREADS = "granian", "confluent-kafka", 1, 64
APP = "system.endpoint.app:open_app"


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


@dataclass(frozen=True)
class EndpointChoice:
    """The endpoint to start: server, client, concurrency, and its *app* (`module:factory`)."""

    server: Server
    client: ClientKind
    processes: int
    threads: int
    app: str = APP


def choose(options: EndpointOptions) -> EndpointChoice:
    """Return the endpoint that *options* select.

    Raise `UnknownPart` for an unknown name, `CombinationRefused` for a combination that cannot work, and
    `EnvironmentUnfit` if a package is missing.
    """
    choice = _of_baseline(options) if options.baseline else _of_parts(options)
    if lack := choice.server.unavailable() or choice.client.refusal():
        raise EnvironmentUnfit(lack)
    if refusal := choice.server.refusal(choice.processes, choice.threads) or _disagreement(choice):
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
    return replace(_of_parts(replace(options, **baseline.fixed)), app=baseline.app)


def _of_parts(options: EndpointOptions) -> EndpointChoice:
    return EndpointChoice(
        server=SERVERS.load(options.server or SERVER),
        client=CLIENTS.load(options.client or CLIENT),
        processes=PROCESSES if options.processes is None else options.processes,
        threads=THREADS if options.threads is None else options.threads,
    )


def _disagreement(choice: EndpointChoice) -> str | None:
    claims = choice.app == APP
    return disagreement(choice.server, choice.client, choice.processes) or (
        too_many(choice.client, choice.processes) if claims else None
    )
