"""Ends the idle connections of a process that is stopping, for servers that would wait for their clients."""

import os
import socket
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


def end_connections(port: int) -> None:
    """Close the reading side of each connection to *port* in this process.

    What has arrived is still read and answered; after it the server sees the connection's end and closes it.
    """
    for connection in _connections(port):
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RD)


def _connections(port: int) -> Iterator[socket.socket]:
    for descriptor in [int(entry.name) for entry in Path("/dev/fd").iterdir()]:
        with suppress(OSError):
            if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                with socket.socket(fileno=os.dup(descriptor)) as candidate:
                    if _is_connected(candidate, port):
                        yield candidate


def _is_connected(candidate: socket.socket, port: int) -> bool:
    """Tell whether *candidate* is a connection to *port*; one that only listens raises OSError."""
    internet = candidate.family in (socket.AF_INET, socket.AF_INET6)
    return internet and candidate.getsockname()[1] == port and bool(candidate.getpeername())
