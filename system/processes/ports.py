"""Which TCP ports of 127.0.0.1 are free, and who has the others."""

import contextlib
import random
import socket
from collections.abc import Iterable, Mapping

import psutil

from system.errors import Unfit

HOST = "127.0.0.1"
# Below the range from which the kernel serves outgoing connections: a port from that range can be taken by a
# client's connection while its server restarts, even by one that was trying to reach that very port.
AUTOMATIC = range(20_000, 32_000)
ATTEMPTS = 200


def is_free(port: int) -> bool:
    """Return whether a server could listen on *port* now."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except OSError:
            return False
    return True


def free_ports(count: int, taken: Iterable[int] = ()) -> list[int]:
    """Return *count* different free ports, none of them in *taken*."""
    avoided, found = set(taken), list[int]()
    for port in random.sample(AUTOMATIC, ATTEMPTS):
        if len(found) == count:
            break
        if port not in avoided and is_free(port):
            found.append(port)
    if len(found) < count:
        raise Unfit(f"no {count} free ports found in {AUTOMATIC.start}..{AUTOMATIC.stop - 1}")
    return found


def refuse_ports_in_use(wanted: Mapping[str, int]) -> None:
    """Raise `Unfit` for the first of *wanted* (what it is for -> port) that is in use."""
    for purpose, port in wanted.items():
        if not is_free(port):
            raise Unfit(
                f"port {port}, wanted for {purpose}, is in use{by_whom(port)}; "
                "stop what uses it, or let free ports be taken with --ports auto"
            )


def by_whom(port: int) -> str:
    """Return " by NAME (pid N)" for the process that listens on *port*; nothing where that is unknown."""
    with contextlib.suppress(psutil.Error):
        for found in psutil.net_connections("tcp"):
            if found.status == psutil.CONN_LISTEN and found.laddr and found.laddr.port == port and found.pid:
                return f" by {psutil.Process(found.pid).name()} (pid {found.pid})"
    return ""
