"""Interface of a Kafka client: the operations that the endpoint needs, under any library."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Protocol

from system.concurrency import Waiting


class ClientUnavailable(Exception):
    """The broker cannot be reached or did not answer in time; nothing was sent."""


@dataclass(frozen=True)
class SendFailure:
    """Why a record was not acknowledged.

    *stored* is False if the broker certainly does not have the record, None if that is unknown.
    """

    reason: str
    stored: bool | None


OnFailure = Callable[[SendFailure], None]


class Client(Protocol):
    """A connection to Kafka, opened and used by one process, after its fork.

    Any thread or greenlet may call `send`; one native thread calls `poll` in a loop; neither waits for the
    other. After `close` both raise `ClientUnavailable`.
    """

    def partitions(self, topic: str) -> int:
        """Return the number of partitions of *topic*; raise `ClientUnavailable` within 10 s."""

    def assign(self, topic: str, partition: int) -> None:
        """Read *partition* from its current end on; the offset is resolved before this returns."""

    def send(self, topic: str, key: bytes, value: bytes, on_failure: OnFailure) -> None:
        """Append a record, partitioned by murmur2 of *key*, without waiting for the broker.

        If the record is not acknowledged in time, *on_failure* is called, once and from any thread; perhaps
        by `poll`, so as late as one `poll` lasts. It must neither block nor raise.
        Raise `ClientUnavailable` if the record cannot be queued. The first record for a topic may block until
        the topic's metadata is there; an earlier call of `partitions` avoids that.
        """

    def poll(self, timeout_s: float) -> list[bytes]:
        """Wait up to *timeout_s* for records of the assigned partition; return the values that are there.

        An empty list means that nothing came, even if the broker is gone: reading resumes when it is back.
        """

    def settings(self) -> Mapping[str, str]:
        """Return the configured settings that matter to a comparison (acks, linger, partitioner, ...)."""

    def close(self) -> None:
        """Send what is queued (1.5 s at most), report the rest as failed, and end every thread and socket.

        A second call does nothing. A `poll` in progress ends first.
        """


class ClientKind(Protocol):
    """A kind of Kafka client, as listed in the catalogue."""

    name: str
    distribution: str | None
    """Its package on PyPI; None if it needs none."""
    shared: bool
    """Whether several processes that open it see the same users; False for the in-memory fake."""
    waitings: frozenset[Waiting]
    """The ways of waiting that are known to work with it in one process."""

    def refusal(self) -> str | None:
        """Return why it cannot run on this machine and what to do about it, or None; connect to nothing."""

    def open(self, kafka: str, deadline_s: float) -> Client:
        """Connect to the broker at *kafka* (`HOST:PORT`), or raise `ClientUnavailable` within 10 s.

        A record that is not acknowledged within *deadline_s* is given up and reported as failed.
        """


def missing(distribution: str) -> str | None:
    """Return that *distribution* is not installed and how to install it, or None."""
    try:
        version(distribution)
    except PackageNotFoundError:
        return f"{distribution} is not installed; install it with `make setup`"
    return None
