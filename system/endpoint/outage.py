"""Outages of the broker, detected by connecting to its address.

A client that gives up a record does not know whether the record had been sent. But a record that was sent
while nothing listened at the broker's address, and given up in the same outage, cannot have been stored.
"""

from _socket import socket  # the C class: a native thread must not wait on gevent's
from errno import ECONNREFUSED
from time import monotonic

CHECK_EVERY_S = 0.25
"""Shorter than the start of a broker, so that none starts and ends between two checks."""
CONNECT_TIMEOUT_S = 0.2


class BrokerOutage:
    """The current outage of the broker at *kafka* (`HOST:PORT`); with None there never is one."""

    def __init__(self, kafka: str | None) -> None:
        self.number = 0
        """The number of the current outage, 0 if there is none."""
        self._address = _address(kafka) if kafka else None
        self._outages = 0
        self._next_check_s = 0.0

    def check(self) -> None:
        """Check whether anything listens at the broker's address; do nothing if that was checked just now."""
        now_s = monotonic()
        if self._address is None or now_s < self._next_check_s:
            return
        self._next_check_s = now_s + CHECK_EVERY_S
        if not _refuses(self._address):
            self.number = 0
        elif self.number == 0:
            self._outages += 1
            self.number = self._outages


def _address(kafka: str) -> tuple[str, int]:
    host, _, port = kafka.rpartition(":")
    return host, int(port)


def _refuses(address: tuple[str, int]) -> bool:
    """Return whether *address* refuses a connection; a timeout does not count as an outage."""
    connection = socket()
    connection.settimeout(CONNECT_TIMEOUT_S)
    try:
        return connection.connect_ex(address) == ECONNREFUSED
    except OSError:
        return False
    finally:
        connection.close()
