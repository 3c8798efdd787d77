"""Servers, clients and scenarios of the catalogues, and which of them can run on this machine."""

from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version

from benchmarks.plan import CatalogueNames
from benchmarks.results.store.schema import Cell, Settings
from loadtests.scenarios.catalogue import scenarios
from system.baselines.catalogue import BASELINES
from system.catalogue import UnknownPart
from system.clients.catalogue import CLIENTS
from system.combination import disagreement, too_many
from system.servers.catalogue import SERVERS
from system.servers.protocol import Serving

BUILT_IN = "built in"


@dataclass(frozen=True)
class Availability:
    """Whether a server or client can run here, and if not, why."""

    name: str
    available: bool
    reason: str | None
    version: str | None
    capacity: str | None = None
    """A server's in-flight capacity as a formula."""

    def as_dict(self) -> dict[str, object]:
        """Return it as a JSON object."""
        return asdict(self)


def catalogue_names() -> CatalogueNames:
    """Return the names that `*` stands for in a profile."""
    return CatalogueNames(servers=list(SERVERS), clients=list(CLIENTS), scenarios=list(scenarios()))


def servers() -> list[Availability]:
    """Return the availability of every server."""
    return [_server(name) for name in SERVERS]


def clients() -> list[Availability]:
    """Return the availability of every client."""
    return [_client(name) for name in CLIENTS]


def refusal(cell: Cell) -> str | None:
    """Return why *cell* cannot run here, or None; raise `UnknownPart` for a name that no catalogue has."""
    _refuse_unknown(cell)
    reasons = [part.reason for part in (_server(cell.server), _client(cell.client)) if part.reason]
    if reasons:
        return "; ".join(reasons)
    server, client = SERVERS.load(cell.server), CLIENTS.load(cell.client)
    return (
        server.refusal(cell.processes, cell.threads)
        or disagreement(server, client, cell.processes)
        or (None if cell.baseline else too_many(client, cell.processes))
    )


def _refuse_unknown(cell: Cell) -> None:
    tables: list[tuple[str, str | None, list[str]]] = [
        (SERVERS.kind, cell.server, list(SERVERS)),
        (CLIENTS.kind, cell.client, list(CLIENTS)),
        ("scenario", cell.scenario, list(scenarios())),
        ("baseline", cell.baseline, list(BASELINES)),
    ]
    for kind, name, known in tables:
        if name is not None and name not in known:
            raise UnknownPart(f"{kind} {name!r} is not known; choose one of {', '.join(known)}")


def keeps_alive(cell: Cell) -> bool:
    """Return whether the server of *cell* declares that it keeps connections alive."""
    return SERVERS.load(cell.server).keep_alive


def settings(cell: Cell) -> Settings:
    """Return the settings of *cell*'s server; those of the client are known once its endpoint runs."""
    server = SERVERS.load(cell.server)
    serving = Serving("system.endpoint.app:open_app", "127.0.0.1", 0, cell.processes, cell.threads)
    return Settings(
        capacity=server.capacity(cell.processes, cell.threads),
        server=dict(server.settings(serving)),
        client={},
    )


def installed(distribution: str | None) -> str | None:
    """Return the version of *distribution*, None where it is not installed."""
    if distribution is None:
        return BUILT_IN
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def _server(name: str) -> Availability:
    try:
        server = SERVERS.load(name)
    except ImportError as error:
        return _broken(name, error)
    return _availability(name, server.distribution, server.unavailable(), server.capacity_model)


def _client(name: str) -> Availability:
    try:
        client = CLIENTS.load(name)
    except ImportError as error:
        return _broken(name, error)
    return _availability(name, client.distribution, client.refusal(), None)


def _broken(name: str, error: ImportError) -> Availability:
    return Availability(name, available=False, reason=f"it cannot be imported: {error}", version=None)


def _availability(
    name: str, distribution: str | None, reason: str | None, capacity: str | None
) -> Availability:
    return Availability(name, reason is None, reason, installed(distribution), capacity)
