"""Rules for combining a WSGI server, a Kafka client and a number of processes."""

from system.clients.protocol import ClientKind
from system.servers.protocol import Server
from system.wire.topics import PARTITIONS, USER_EVENTS

MAX_PROCESSES = PARTITIONS[USER_EVENTS]
"""Each endpoint process claims one partition of the replies."""


def disagreement(server: Server, client: ClientKind, processes: int) -> str | None:
    """Return why *client* cannot work in *processes* processes of *server*, or None."""
    if not client.shared and processes > 1:
        return f"client {client.name} keeps its users in one process; --processes {processes} has to be 1"
    if server.waiting not in client.waitings:
        works = ", ".join(sorted(client.waitings))
        return (
            f"client {client.name} works where handlers wait by {works}; in {server.name} by {server.waiting}"
        )
    return None


def too_many(client: ClientKind, processes: int) -> str | None:
    """Return why there are not enough reply partitions for *processes* processes, or None."""
    if client.shared and processes > MAX_PROCESSES:
        return f"--processes {processes} is more than there are reply partitions; use at most {MAX_PROCESSES}"
    return None
