"""pykafka: listed because users ask for it, refused because it cannot talk to Kafka 4."""

from typing import NoReturn

from system.clients.protocol import ClientUnavailable
from system.concurrency import Waiting

_REASON = (
    "pykafka 2.8.0, its last release, speaks only Produce v0 and Fetch v0-2, which Kafka 4 no longer knows: "
    "its produce() raises SocketDisconnectedError and its consumer returns nothing; choose another client"
)


class PyKafka:
    """The catalogue's entry for `pykafka`."""

    name = "pykafka"
    distribution: str | None = "pykafka"
    shared = True
    waitings: frozenset[Waiting] = frozenset()

    def refusal(self) -> str | None:
        """Return why it cannot run, installed or not."""
        return _REASON

    def open(self, kafka: str, deadline_s: float) -> NoReturn:  # noqa: ARG002 - as the protocol has it
        """Raise `ClientUnavailable`."""
        raise ClientUnavailable(_REASON)


PYKAFKA = PyKafka()
