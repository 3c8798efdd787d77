"""Which servers and clients go together, and in how many processes."""

from system.clients.protocol import ClientKind
from system.servers.protocol import Server
from system.wire.topics import PARTITIONS, USER_EVENTS

MOST_CLAIMS = PARTITIONS[USER_EVENTS]
"""Each process of the endpoint claims a partition of the replies for itself."""


def disagreement(server: Server, client: ClientKind, processes: int) -> str | None:
    """Return why *client* cannot work in *processes* of *server*, or None."""
    if not client.shared and processes > 1:
        return f"client {client.name} keeps its users in one process; --processes {processes} has to be 1"
    if server.waiting not in client.waitings:
        works = ", ".join(sorted(client.waitings))
        return (
            f"client {client.name} works where handlers wait by {works}; in {server.name} by {server.waiting}"
        )
    return None


def too_many(client: ClientKind, processes: int) -> str | None:
    """Return why *processes* cannot each claim a reply partition, or None."""
    if client.shared and processes > MOST_CLAIMS:
        return f"--processes {processes} is more than there are reply partitions; use at most {MOST_CLAIMS}"
    return None
