"""Which server, client and concurrency an endpoint has, and which combinations cannot be had."""

from dataclasses import dataclass, replace

from system.baselines.catalogue import BASELINES, Baseline
from system.catalogue import UnknownPart
from system.clients.catalogue import CLIENTS
from system.clients.protocol import ClientKind
from system.combination import disagreement, too_many
from system.errors import Unfit
from system.servers.catalogue import SERVERS
from system.servers.protocol import Server

SERVER, CLIENT, PROCESSES, THREADS = "granian", "confluent-kafka", 1, 64
APP = "system.endpoint.app:open_app"


class CombinationRefused(Exception):
    """What was asked for cannot be had; the message is one line that says why, and what can (exit code 2)."""


@dataclass(frozen=True)
class Asked:
    """What the caller chose; None where it left the choice to us."""

    server: str | None = None
    client: str | None = None
    baseline: str | None = None
    processes: int | None = None
    threads: int | None = None


@dataclass(frozen=True)
class Choice:
    """An endpoint as it will be started."""

    server: Server
    client: ClientKind
    processes: int
    threads: int
    app: str = APP


def choose(asked: Asked) -> Choice:
    """Return the endpoint that was *asked* for; raise `UnknownPart` or `Refused` where there is none such.

    Raise `Unfit` where its packages are missing.
    """
    choice = _of_baseline(asked) if asked.baseline else _of_parts(asked)
    if lack := choice.server.unavailable() or choice.client.refusal():
        raise Unfit(lack)
    if refusal := choice.server.refusal(choice.processes, choice.threads) or _disagreement(choice):
        raise CombinationRefused(refusal)
    return choice


def baseline_called(name: str) -> Baseline:
    """Return the baseline called *name*; raise `UnknownPart` where there is none."""
    if name not in BASELINES:
        raise UnknownPart(f"baseline {name!r} is not known; choose one of {', '.join(BASELINES)}")
    return BASELINES[name]


def _of_baseline(asked: Asked) -> Choice:
    baseline = baseline_called(asked.baseline or "")
    if any(getattr(asked, name) is not None for name in baseline.fixed):
        options = ", ".join(f"--{name}" for name in baseline.fixed)
        raise CombinationRefused(
            f"baseline {baseline.name} fixes {', '.join(baseline.fixed)}; "
            f"leave {options} out, or leave --baseline out"
        )
    return replace(_of_parts(replace(asked, **baseline.fixed)), app=baseline.app)


def _of_parts(asked: Asked) -> Choice:
    return Choice(
        server=SERVERS.load(asked.server or SERVER),
        client=CLIENTS.load(asked.client or CLIENT),
        processes=PROCESSES if asked.processes is None else asked.processes,
        threads=THREADS if asked.threads is None else asked.threads,
    )


def _disagreement(choice: Choice) -> str | None:
    claims = choice.app == APP
    return disagreement(choice.server, choice.client, choice.processes) or (
        too_many(choice.client, choice.processes) if claims else None
    )
