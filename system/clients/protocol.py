"""What the endpoint needs of a Kafka client, and nothing that a library happens to offer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Protocol

from system.concurrency import Waiting


def missing(distribution: str) -> str | None:
    """Return that *distribution* is not installed and how to install it, or None."""
    try:
        version(distribution)
    except PackageNotFoundError:
        return f"{distribution} is not installed; install it with `make setup`"
    return None


class ClientUnavailable(Exception):
    """The broker cannot be reached, or did not answer in time; nothing was sent."""


@dataclass(frozen=True)
class SendFailure:
    """Why a record was not acknowledged.

    *stored* is False where the broker certainly does not have the record, None where nobody knows.
    """

    reason: str
    stored: bool | None


OnFailure = Callable[[SendFailure], None]


class Client(Protocol):
    """One open connection to Kafka, owned by one process and opened after its fork.

    `send` may be called from any thread or greenlet; `poll` by one native thread, over and over; neither
    waits for the other. After `close` both raise `ClientUnavailable`.
    """

    def partitions(self, topic: str) -> int:
        """Return how many partitions *topic* has; raise `ClientUnavailable` within 10 s."""

    def assign(self, topic: str, partition: int) -> None:
        """Read *partition* from its present end on; the offset is resolved before this returns."""

    def send(self, topic: str, key: bytes, value: bytes, on_failure: OnFailure) -> None:
        """Append a record, partitioned by murmur2 of *key*, without waiting for the broker.

        *on_failure* is called at most once, from any thread, if the record was not acknowledged in time,
        by `poll` perhaps and so as late as one `poll` lasts. It must neither wait nor raise.
        Raise `ClientUnavailable` where the record cannot even be queued. The first record of a topic may wait
        for the topic's `partitions`; who has asked for them before spares it that.
        """

    def poll(self, timeout_s: float) -> list[bytes]:
        """Wait up to *timeout_s* for records of the assigned partition; return the values that are there.

        An empty list says that nothing came, be it that the broker is gone: reading resumes when it is back.
        """

    def settings(self) -> Mapping[str, str]:
        """Return the settings in force that matter to a comparison (acks, linger, partitioner, ...)."""

    def close(self) -> None:
        """Send what is queued (5 s at most) and give up every thread and socket; a second call does nothing.

        A `poll` in progress ends first.
        """


class ClientKind(Protocol):
    """A kind of Kafka client as the catalogue lists it."""

    name: str
    distribution: str | None
    """Its package on PyPI, None where it needs none."""
    shared: bool
    """Whether several processes that open it see the same users; False for the in-memory fake."""
    waitings: frozenset[Waiting]
    """The ways of waiting that were seen to work beside it in one process."""

    def refusal(self) -> str | None:
        """Return why it cannot run on this machine and what to do about it, or None; connects to nothing."""

    def open(self, kafka: str, deadline_s: float) -> Client:
        """Connect to the broker at *kafka* (`HOST:PORT`), or raise `ClientUnavailable` within 10 s.

        A record that is not acknowledged within *deadline_s* is given up and reported as failed.
        """
