"""Ending of idle connections at the stop, for servers that would wait for the client to close them."""

import os
import socket
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


def end_connections(port: int) -> None:
    """Close the reading side of each connection to *port* in this process.

    Requests that have arrived are still read and answered; then the server sees the end of the connection.
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
    """Return whether *candidate* is a connection to *port*; raise `OSError` if it only listens."""
    internet = candidate.family in (socket.AF_INET, socket.AF_INET6)
    return internet and candidate.getsockname()[1] == port and bool(candidate.getpeername())
