"""What an aiokafka producer sends, and what becomes of a record that it cannot send in time.

With idempotence on, aiokafka retries a record for ever. Here a record has a deadline: when the oldest one
passes it, the producer is thrown away with all that it holds, of which nobody knows what is stored, and a new
one takes its place. So nothing is sent any more once its sender has been told that it failed.
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

_LOOK_S = 0.1
"""How often deadlines are looked at, and a broker that is gone is looked for."""

_DISCARD_TIMEOUT_S = 1.0


class OutboxRecord(NamedTuple):
    """A record on its way, and who is to be told if it fails."""

    topic: str
    key: bytes
    value: bytes
    on_failure: OnFailure
    give_up_at_s: float


class Outbox:
    """The queue before a producer, and the records that the producer holds; lives on one asyncio loop.

    Other threads append to `waiting` and then have the loop call `wake`.
    """

    def __init__(self, connect: "Callable[[], Awaitable[AIOKafkaProducer]]") -> None:
        self.waiting: deque[OutboxRecord] = deque()
        self.producer: AIOKafkaProducer | None = None
        self._connect = connect
        self._numbers = count()
        self._held: dict[int, OutboxRecord] = {}
        self._filled = asyncio.Event()
        self._feeding: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        """Connect the first producer, or raise why not."""
        self.producer = await self._connect()

    def wake(self) -> None:
        """Have what is waiting sent."""
        self._filled.set()

    async def run(self) -> None:
        """Send until cancelled, and then give up what is left."""
        watching = asyncio.create_task(self._watch())
        try:
            while True:
                await self._reconnect()
                await self._feed()
        finally:
            watching.cancel()
            await self._discard()
            self._fail_waiting(before_s=float("inf"))

    async def drain(self) -> None:
        """Wait until nothing is waiting and nothing is held."""
        while self.waiting or self._held:
            await asyncio.sleep(_LOOK_S / 10)

    async def _reconnect(self) -> None:
        while self.producer is None:
            try:
                self.producer = await self._connect()
            except Exception as error:  # noqa: BLE001 - whatever it is, the broker may be back in a moment
                _LOG.warning("no connection to Kafka: %r", error)
                await asyncio.sleep(_LOOK_S)

    async def _feed(self) -> None:
        """Hand records to the producer until one has failed or is overdue; then discard the producer."""
        self._filled.set()
        self._feeding = asyncio.create_task(self._hand_over())
        try:
            await asyncio.wait({self._feeding})
        finally:
            self._feeding.cancel()
            self._feeding = None
        await self._discard()

    async def _hand_over(self) -> None:
        while self.producer is not None:
            await self._filled.wait()
            self._filled.clear()
            while self.waiting:
                await self._hold(self.producer, self.waiting.popleft())

    async def _hold(self, producer: "AIOKafkaProducer", record: OutboxRecord) -> None:
        """Give *record* to *producer*; where it does not take it, it was not sent."""
        number = next(self._numbers)
        self._held[number] = record
        try:
            acknowledged = await producer.send(record.topic, record.value, record.key)
        except Exception as error:  # noqa: BLE001 - a sender must hear of its record, whatever the library raises
            del self._held[number]
            _fail(record, repr(error), stored=False)
            self._renew()
        else:
            acknowledged.add_done_callback(lambda future: self._settle(number, future))

    def _settle(self, number: int, acknowledged: "asyncio.Future[object]") -> None:
        error = None if acknowledged.cancelled() else acknowledged.exception()
        record = self._held.pop(number, None)
        if error is not None and record is not None:
            _fail(record, repr(error), stored=None)
            self._renew()

    async def _watch(self) -> None:
        """Look at deadlines: what waits is failed, what is held takes its producer with it."""
        while True:
            now_s = monotonic()
            self._fail_waiting(before_s=now_s)
            oldest = next(iter(self._held.values()), None)
            if oldest is not None and oldest.give_up_at_s < now_s:
                self._renew()
            await asyncio.sleep(_LOOK_S)

    def _renew(self) -> None:
        if self._feeding is not None:
            self._feeding.cancel()

    def _fail_waiting(self, before_s: float) -> None:
        while self.waiting and self.waiting[0].give_up_at_s < before_s:
            _fail(self.waiting.popleft(), "it could not be sent in time", stored=False)

    async def _discard(self) -> None:
        """End the producer, and only then say that what it held has failed."""
        producer, self.producer = self.producer, None
        if producer is not None:
            await _end(producer, graceful=not self._held)
        held, self._held = self._held, {}
        for record in held.values():
            _fail(record, "it was not acknowledged in time", stored=None)


async def _end(producer: "AIOKafkaProducer", *, graceful: bool) -> None:
    """Stop *producer*; its `stop` waits for outstanding records for ever, so then its sender goes first."""
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
