"""Whether the broker is gone, seen from outside any client library.

A client that gives a record up cannot tell whether it was on its way. But a record that was sent while
nothing listened at the broker's address, and given up while that still was so, cannot have been stored.
"""

from _socket import socket  # The C one: gevent's must not be waited on by a native thread.
from errno import ECONNREFUSED
from time import monotonic

LOOK_EVERY_S = 0.25
"""Less than a broker takes to start, so that none comes and goes between two looks."""
CONNECT_WITHIN_S = 0.2


class Outage:
    """The present outage of the broker at *kafka* (`HOST:PORT`); there is never one where that is None."""

    def __init__(self, kafka: str | None) -> None:
        self.number = 0
        """The number of the outage that lasts, 0 while there is none."""
        self._address = _address(kafka) if kafka else None
        self._outages = 0
        self._look_again_at_s = 0.0

    def look(self) -> None:
        """See whether anything listens at the broker's address, unless that was seen just now."""
        now_s = monotonic()
        if self._address is None or now_s < self._look_again_at_s:
            return
        self._look_again_at_s = now_s + LOOK_EVERY_S
        if not _refuses(self._address):
            self.number = 0
        elif self.number == 0:
            self._outages += 1
            self.number = self._outages


def _address(kafka: str) -> tuple[str, int]:
    host, _, port = kafka.rpartition(":")
    return host, int(port)


def _refuses(address: tuple[str, int]) -> bool:
    """Return whether *address* refuses a connection; silence proves nothing."""
    connection = socket()
    connection.settimeout(CONNECT_WITHIN_S)
    try:
        return connection.connect_ex(address) == ECONNREFUSED
    except OSError:
        return False
    finally:
        connection.close()
