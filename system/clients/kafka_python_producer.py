"""A `KafkaProducer` that is replaced once it has failed a record, or ought to have.

kafka-python 3.0.12 drops its producer id when a record that it has tried before expires, and then never asks
for another: from then on it keeps what it is given, unsent and unreported. Nor does a record expire while it
waits for the first id. So a record that is neither acknowledged nor failed in time ends its producer too.
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from time import monotonic
from typing import Any

from system.clients.equal import CLOSE_TIMEOUT_S
from system.clients.protocol import ClientUnavailable, OnFailure, SendFailure

_LOG = logging.getLogger(__name__)

_OPEN_MS = 4_000
_REOPEN_MS = 300
"""How long an attempt to connect may hold up the thread that polls, during an outage."""

_GRACE_S = 0.5
"""How much later than its deadline a record may be reported before its producer is taken for stuck."""

_JOIN_TIMEOUT_S = 1.0


class RenewedProducer:
    """The producer of the moment, made by *build* with the milliseconds that connecting may take.

    `send` may be called from any thread, `tend` and `close` by one at a time.
    """

    def __init__(self, build: Callable[[int], Any], timeout_ms: int) -> None:
        from kafka.errors import KafkaError

        self._error = KafkaError
        self._build = build
        self._held_for_s = timeout_ms / 1000 + _GRACE_S
        self._numbers = count()
        self._held: dict[int, float] = {}
        self._broken = False
        self._producer: Any = build(_OPEN_MS)

    @property
    def current(self) -> Any:
        """The `KafkaProducer`; raise `ClientUnavailable` while there is none."""
        if self._producer is None:
            raise ClientUnavailable("the connection to Kafka is lost; it is being made again")
        return self._producer

    def send(self, topic: str, key: bytes, value: bytes, on_failure: OnFailure) -> None:
        """Queue a record; the producer's thread sends it, and reports its failure."""
        number = next(self._numbers)
        self._held[number] = monotonic() + self._held_for_s
        try:
            acknowledged = self.current.send(topic, value, key)
        except (self._error, ClientUnavailable) as error:
            del self._held[number]
            raise ClientUnavailable(f"the record for {topic!r} was not queued: {error}") from error
        acknowledged.add_callback(lambda _: self._held.pop(number, None))
        acknowledged.add_errback(lambda error: self._fail(number, error, on_failure))

    def tend(self) -> None:
        """Replace the producer if it is broken; to be called over and over."""
        if self._broken or self._is_overdue():
            self._discard()
        if self._producer is None:
            with suppress(ClientUnavailable):
                self._producer = self._build(_REOPEN_MS)

    def close(self) -> None:
        """Send what is queued, report what is left as failed, and end the producer's thread."""
        if self._producer is None:
            return
        try:
            self._producer.flush(CLOSE_TIMEOUT_S)
        except self._error:
            self._discard()
        else:
            self._producer.close(timeout=_JOIN_TIMEOUT_S)

    def _fail(self, number: int, error: Exception, on_failure: OnFailure) -> None:
        failure = _failure(error)
        self._broken = self._broken or failure.stored is None
        self._held.pop(number, None)
        on_failure(failure)

    def _is_overdue(self) -> bool:
        try:
            return next(iter(self._held.values()), float("inf")) < monotonic()
        except RuntimeError:  # Another thread has just added or removed one; the next look will tell.
            return False

    def _discard(self) -> None:
        """End the producer, which fails what it holds; its own `close` would wait for that in vain."""
        producer, self._producer = self._producer, None
        if producer is None:
            return
        _LOG.warning("a record was not acknowledged in time; a new producer takes over")
        producer._sender.force_close()
        producer._sender.join(_JOIN_TIMEOUT_S)
        with suppress(self._error):
            producer.close(timeout=0)
        self._held.clear()
        self._broken = False


def _failure(error: Exception) -> SendFailure:
    """Return what *error* says; it does not tell whether a record that timed out was on its way."""
    from kafka.errors import AuthorizationError, MessageSizeTooLargeError, RecordListTooLargeError

    refused = isinstance(error, AuthorizationError | MessageSizeTooLargeError | RecordListTooLargeError)
    return SendFailure(reason=str(error) or type(error).__name__, stored=False if refused else None)
