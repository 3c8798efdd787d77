"""aiokafka's producer with a queue before it and a deadline per record.

With idempotence on, aiokafka retries a record for ever. Here, when the oldest record passes its deadline, the
producer is replaced and all its records are reported as failed (which of them are stored, is unknown). So a
record is not sent any more after it was reported as failed.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from itertools import count
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from system.clients.protocol import OnFailure, SendFailure

if TYPE_CHECKING:
    from aiokafka import AIOKafkaProducer

_LOG = logging.getLogger(__name__)

_CHECK_EVERY_S = 0.1
"""How often deadlines are checked, and a connection to a lost broker is tried."""

_DISCARD_TIMEOUT_S = 1.0


class OutboxRecord(NamedTuple):
    """A record to send, and the callback for its failure."""

    topic: str
    key: bytes
    value: bytes
    on_failure: OnFailure
    give_up_at_s: float


class Outbox:
    """A producer, the queue before it and its records in flight; for one asyncio loop.

    Other threads append to `waiting` and then have the loop call `wake`.
    """

    def __init__(self, connect: "Callable[[], Awaitable[AIOKafkaProducer]]") -> None:
        self.waiting: deque[OutboxRecord] = deque()
        self.producer: AIOKafkaProducer | None = None
        self._connect = connect
        self._numbers = count()
        self._in_flight: dict[int, OutboxRecord] = {}
        self._filled = asyncio.Event()
        self._feeding: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        """Connect the first producer; raise if that fails."""
        self.producer = await self._connect()

    def wake(self) -> None:
        """Send the waiting records."""
        self._filled.set()

    async def run(self) -> None:
        """Send until cancelled, then fail the rest."""
        watching = asyncio.create_task(self._check_deadlines())
        try:
            while True:
                await self._reconnect()
                await self._feed()
        finally:
            watching.cancel()
            await self._discard()
            self._fail_waiting(before_s=float("inf"))

    async def drain(self) -> None:
        """Wait until no record is waiting or in flight."""
        while self.waiting or self._in_flight:
            await asyncio.sleep(_CHECK_EVERY_S / 10)

    async def _reconnect(self) -> None:
        while self.producer is None:
            try:
                self.producer = await self._connect()
            except Exception as error:  # noqa: BLE001 - after any error the broker may be back soon
                _LOG.warning("no connection to Kafka: %r", error)
                await asyncio.sleep(_CHECK_EVERY_S)

    async def _feed(self) -> None:
        """Send records with the producer until one fails or is overdue; then discard the producer."""
        self._filled.set()
        self._feeding = asyncio.create_task(self._send_all())
        try:
            await asyncio.wait({self._feeding})
        finally:
            self._feeding.cancel()
            self._feeding = None
        await self._discard()

    async def _send_all(self) -> None:
        while self.producer is not None:
            await self._filled.wait()
            self._filled.clear()
            while self.waiting:
                await self._send(self.producer, self.waiting.popleft())

    async def _send(self, producer: "AIOKafkaProducer", record: OutboxRecord) -> None:
        """Pass *record* to *producer*; if that raises, the record was not sent."""
        number = next(self._numbers)
        self._in_flight[number] = record
        try:
            acknowledged = await producer.send(record.topic, record.value, record.key)
        except Exception as error:  # noqa: BLE001 - whatever the library raises, it is reported
            del self._in_flight[number]
            _fail(record, repr(error), stored=False)
            self._replace_producer()
        else:
            acknowledged.add_done_callback(lambda future: self._settle(number, future))

    def _settle(self, number: int, acknowledged: "asyncio.Future[object]") -> None:
        error = None if acknowledged.cancelled() else acknowledged.exception()
        record = self._in_flight.pop(number, None)
        if error is not None and record is not None:
            _fail(record, repr(error), stored=None)
            self._replace_producer()

    async def _check_deadlines(self) -> None:
        """Fail overdue waiting records; replace the producer if a record in flight is overdue."""
        while True:
            now_s = monotonic()
            self._fail_waiting(before_s=now_s)
            oldest = next(iter(self._in_flight.values()), None)
            if oldest is not None and oldest.give_up_at_s < now_s:
                self._replace_producer()
            await asyncio.sleep(_CHECK_EVERY_S)

    def _replace_producer(self) -> None:
        if self._feeding is not None:
            self._feeding.cancel()

    def _fail_waiting(self, before_s: float) -> None:
        while self.waiting and self.waiting[0].give_up_at_s < before_s:
            _fail(self.waiting.popleft(), "it could not be sent in time", stored=False)

    async def _discard(self) -> None:
        """End the producer, and only then report its records as failed."""
        producer, self.producer = self.producer, None
        if producer is not None:
            await _end(producer, graceful=not self._in_flight)
        given_up, self._in_flight = self._in_flight, {}
        for record in given_up.values():
            _fail(record, "it was not acknowledged in time", stored=None)


async def _end(producer: "AIOKafkaProducer", *, graceful: bool) -> None:
    """Stop *producer*; unless *graceful*, end its sender first: `stop` waits for its records for ever."""
    stopping = asyncio.create_task(producer.stop())
    if not graceful:
        await asyncio.sleep(0)
        with suppress(TimeoutError, asyncio.CancelledError):
            await asyncio.wait_for(producer._sender.close(), _DISCARD_TIMEOUT_S)
        producer._message_accumulator.fail_all(ConnectionError("given up"))
    await asyncio.wait({stopping}, timeout=_DISCARD_TIMEOUT_S)
    stopping.cancel()


def _fail(record: OutboxRecord, reason: str, *, stored: bool | None) -> None:
    record.on_failure(SendFailure(reason, stored))
