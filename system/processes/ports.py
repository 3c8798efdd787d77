"""TCP ports of 127.0.0.1: find free ones, and name the process that uses another."""

import contextlib
import random
import socket
from collections.abc import Iterable, Mapping

import psutil

from system.errors import EnvironmentUnfit

LOOPBACK = "127.0.0.1"
# Below the kernel's range for outgoing connections. A client's connection can take a port of that range while
# its server restarts, even the connection of a client that is trying to reach that very port.
AUTOMATIC = range(20_000, 32_000)
ATTEMPTS = 200


def is_free(port: int) -> bool:
    """Return whether a server can listen on *port*."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_ports(count: int, taken: Iterable[int] = ()) -> list[int]:
    """Return *count* distinct free ports that are not in *taken*.

    Raise `EnvironmentUnfit` if too few are found.
    """
    excluded, found = set(taken), list[int]()
    for port in random.sample(AUTOMATIC, ATTEMPTS):
        if len(found) == count:
            break
        if port not in excluded and is_free(port):
            found.append(port)
    if len(found) < count:
        raise EnvironmentUnfit(f"no {count} free ports found in {AUTOMATIC.start}..{AUTOMATIC.stop - 1}")
    return found


def refuse_ports_in_use(wanted: Mapping[str, int]) -> None:
    """Raise `EnvironmentUnfit` for the first port of *wanted* (purpose -> port) that is in use."""
    for purpose, port in wanted.items():
        if not is_free(port):
            raise EnvironmentUnfit(
                f"port {port}, wanted for {purpose}, is in use{by_process(port)}; "
                "stop that process, or choose free ports with --ports auto"
            )


def by_process(port: int) -> str:
    """Return " by NAME (pid N)" for the process that listens on *port*, or "" if it is unknown."""
    with contextlib.suppress(psutil.Error):
        for found in psutil.net_connections("tcp"):
            if found.status == psutil.CONN_LISTEN and found.laddr and found.laddr.port == port and found.pid:
                return f" by {psutil.Process(found.pid).name()} (pid {found.pid})"
    return ""
