"""Outages of the broker, detected by connecting to its address.

A client that gives up a record does not know whether the record had been sent. But a record that was sent
while nothing listened at the broker's address, and given up in the same outage, cannot have been stored.
Other reasons (its name has no address, its host does not answer) do not prove that: an older connection may
still work. They are reasons to send nothing more.
"""

import _socket  # the C module: a native thread must not wait on gevent's sockets
import os
from errno import ECONNREFUSED
from time import monotonic
from typing import Any, NamedTuple

CHECK_EVERY_S = 0.25
"""Shorter than the start of a broker, so that none starts and ends between two checks."""
CONNECT_TIMEOUT_S = 0.2
CONFIRMED_AFTER = 2
"""A reason that is not certain counts once that many checks in a row have found one."""


class Unreachable(NamedTuple):
    """Why the broker cannot be reached; *certain* if nothing can be stored meanwhile."""

    reason: str
    certain: bool


class BrokerOutage:
    """The current outage of the broker at *kafka* (`HOST:PORT`); with None there never is one."""

    def __init__(self, kafka: str | None) -> None:
        self.number = 0
        """The number of the current outage in which nothing can be stored, 0 if there is none."""
        self.unreachable: Unreachable | None = None
        """What the last check found, if that is confirmed."""
        self._address = _address(kafka) if kafka else None
        self._outages = 0
        self._doubtful_checks = 0
        self._next_check_s = 0.0

    def check(self) -> None:
        """Connect to the broker's address; do nothing if that was done just now.

        May take as long as the resolution of a name, which is some seconds where no name server answers.
        """
        if self._address is None or monotonic() < self._next_check_s:
            return
        found = _find_fault(*self._address)
        self._next_check_s = monotonic() + CHECK_EVERY_S
        self._note(found)

    def _note(self, found: Unreachable | None) -> None:
        if found is not None and found.certain:
            if self.number == 0:
                self._outages += 1
                self.number = self._outages
        else:
            self.number = 0
        self._doubtful_checks = 0 if found is None else self._doubtful_checks + 1
        confirmed = found is not None and (found.certain or self._doubtful_checks >= CONFIRMED_AFTER)
        self.unreachable = found if confirmed else None


def _address(kafka: str) -> tuple[str, int]:
    host, _, port = kafka.rpartition(":")
    return host, int(port)


def _find_fault(host: str, port: int) -> Unreachable | None:
    """Return why nothing can be reached at *host* and *port*, or None if something listens there."""
    try:
        found = _socket.getaddrinfo(host, port, 0, _socket.SOCK_STREAM)
    except OSError as error:
        return Unreachable(f"the name {host} has no address ({error.strerror})", certain=False)
    faults = [_connect(family, address) for family, _, _, _, address in found]
    if not all(faults):
        return None
    certain = all(fault == ECONNREFUSED for fault in faults)
    return Unreachable(f"{host}:{port}: {os.strerror(faults[0])}", certain)


def _connect(family: int, address: Any) -> int:
    """Return the error of connecting to *address*, 0 if that succeeds."""
    connection = _socket.socket(family, _socket.SOCK_STREAM)
    connection.settimeout(CONNECT_TIMEOUT_S)
    try:
        return connection.connect_ex(address)
    finally:
        connection.close()
