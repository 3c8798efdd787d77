"""Combinations of the servers and clients that can run here, for which the contract is tested."""

from dataclasses import dataclass

from system.clients.catalogue import CLIENTS
from system.combination import disagreement
from system.servers.catalogue import SERVERS
from system.servers.protocol import Server

CLIENT_OF_ALL_SERVERS = "confluent-kafka"
SERVERS_OF_ALL_CLIENTS = ("gunicorn-gthread", "granian")
THREADS = 64


@dataclass(frozen=True)
class Combination:
    """A server and a client by name, in one process of 64 threads if the server has threads."""

    server: str
    client: str

    def __str__(self) -> str:
        return f"{self.server}+{self.client}"

    @property
    def server_part(self) -> Server:
        return SERVERS.load(self.server)

    @property
    def options(self) -> tuple[str, ...]:
        return ("--server", self.server, "--client", self.client, "--threads", str(THREADS))


def runnable() -> list[Combination]:
    """Return every server with one client, and every client of a broker with two servers."""
    servers = [name for name in SERVERS if SERVERS.load(name).unavailable() is None]
    clients = [name for name in CLIENTS if CLIENTS.load(name).refusal() is None and CLIENTS.load(name).shared]
    pairs = [(server, CLIENT_OF_ALL_SERVERS) for server in servers]
    pairs += [(server, client) for client in clients for server in SERVERS_OF_ALL_CLIENTS]
    return [Combination(*pair) for pair in dict.fromkeys(pairs) if can_combine(*pair)]


def can_combine(server: str, client: str) -> bool:
    """Return whether *client* works under *server*."""
    return disagreement(SERVERS.load(server), CLIENTS.load(client), processes=1) is None
