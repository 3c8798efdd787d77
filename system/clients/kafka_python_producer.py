"""kafka-python's producer, replaced after a failed or overdue record.

kafka-python 3.0.12 drops its producer id when a record that it has tried to send expires, and never requests
another: from then on it keeps records without sending or reporting them. A record that waits for the first id
does not expire either. So a record that is neither acknowledged nor failed in time ends its producer.
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

_RECONNECT_TIMEOUT_MS = 300
"""How long an attempt to reconnect may block the thread that polls, during an outage."""

_GRACE_S = 0.5
"""How long after its deadline a record may be reported before its producer counts as stuck."""

_JOIN_TIMEOUT_S = 1.0


class RenewedProducer:
    """The current producer, from *build*, which takes a timeout for connecting (first *connect_timeout_ms*).

    Any thread may call `send`; `replace_if_broken` and `close` are for one thread at a time.
    """

    def __init__(self, build: Callable[[int], Any], timeout_ms: int, connect_timeout_ms: int) -> None:
        from kafka.errors import KafkaError

        self._error = KafkaError
        self._build = build
        self._overdue_after_s = timeout_ms / 1000 + _GRACE_S
        self._numbers = count()
        self._in_flight: dict[int, float] = {}
        self._broken = False
        self._producer: Any = build(connect_timeout_ms)

    @property
    def current(self) -> Any:
        """The `KafkaProducer`; `ClientUnavailable` is raised while there is none."""
        if self._producer is None:
            raise ClientUnavailable("the connection to Kafka is lost; it is being made again")
        return self._producer

    def send(self, topic: str, key: bytes, value: bytes, on_failure: OnFailure) -> None:
        """Queue a record; the producer's thread sends it and reports a failure."""
        number = next(self._numbers)
        self._in_flight[number] = monotonic() + self._overdue_after_s
        try:
            acknowledged = self.current.send(topic, value, key)
        except (self._error, ClientUnavailable) as error:
            del self._in_flight[number]
            raise ClientUnavailable(f"the record for {topic!r} was not queued: {error}") from error
        acknowledged.add_callback(lambda _: self._in_flight.pop(number, None))
        acknowledged.add_errback(lambda error: self._fail(number, error, on_failure))

    def replace_if_broken(self) -> None:
        """Replace the producer if it is broken; to be called regularly."""
        if self._broken or self._is_overdue():
            self._discard()
        if self._producer is None:
            with suppress(ClientUnavailable):
                self._producer = self._build(_RECONNECT_TIMEOUT_MS)

    def close(self) -> None:
        """Send what is queued, report the rest as failed, and end the producer's thread."""
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
        self._in_flight.pop(number, None)
        on_failure(failure)

    def _is_overdue(self) -> bool:
        try:
            return next(iter(self._in_flight.values()), float("inf")) < monotonic()
        except RuntimeError:  # another thread has just added or removed one; the next call will see
            return False

    def _discard(self) -> None:
        """End the producer, which fails its records; its `close` would wait for them until its timeout."""
        producer, self._producer = self._producer, None
        if producer is None:
            return
        _LOG.warning("a record was not acknowledged in time; a new producer takes over")
        producer._sender.force_close()
        producer._sender.join(_JOIN_TIMEOUT_S)
        with suppress(self._error):
            producer.close(timeout=0)
        self._in_flight.clear()
        self._broken = False


def _failure(error: Exception) -> SendFailure:
    """Translate *error*, which does not show whether a record that timed out had been sent."""
    from kafka.errors import AuthorizationError, MessageSizeTooLargeError, RecordListTooLargeError

    refused = isinstance(error, AuthorizationError | MessageSizeTooLargeError | RecordListTooLargeError)
    return SendFailure(reason=str(error) or type(error).__name__, stored=False if refused else None)
