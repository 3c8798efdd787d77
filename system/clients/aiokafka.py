"""aiokafka: pure Python on asyncio, whose loop runs in a native thread."""

import asyncio
import logging
from collections.abc import Coroutine, Mapping
from queue import Empty
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

from system.clients.aiokafka_loop import LoopThread
from system.clients.aiokafka_outbox import Outbox, OutboxRecord
from system.clients.equal import (
    CLOSE_TIMEOUT_S,
    EQUAL,
    MAX_QUEUED,
    MAX_RECORDS,
    OPEN_TIMEOUT_S,
    REQUEST_TIMEOUT_S,
    as_text,
    delivery_timeout_ms,
)
from system.clients.protocol import ClientUnavailable, OnFailure, missing
from system.concurrency import Waiting, original

if TYPE_CHECKING:
    from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

_LOG = logging.getLogger(__name__)

_Result = TypeVar("_Result")

_CONNECT_TIMEOUT_S = 3.0

_STOP_TIMEOUT_S = 2.0

_FETCH_TIMEOUT_MS = 1000
"""Limit for one `getmany`, which returns as soon as there is a record."""

_PAUSE_S = 0.1
"""How long reading pauses after an error, or while the queue of bursts is full."""

_MAX_BURSTS = 1_000


class AioKafkaClient:
    """A producer and a consumer on one loop, each with a queue; a burst of records costs one wake-up."""

    def __init__(self, kafka: str, deadline_s: float, open_timeout_s: float) -> None:
        self._kafka = kafka
        self._open_timeout_s = open_timeout_s
        self._timeout_ms = delivery_timeout_ms(deadline_s)
        self._outbox = Outbox(self._connect_producer)
        self._bursts = original("queue", "SimpleQueue")()
        self._topics: set[str] = set()
        self._is_awake = False
        self._closed = False
        self._thread = LoopThread()
        try:
            self._call(self._start())
        except ClientUnavailable:
            self._thread.stop()
            raise

    def partitions(self, topic: str) -> int:
        """Query the broker for the number of partitions of *topic*."""
        count = self._call(self._count_partitions(topic))
        if not count:
            raise ClientUnavailable(f"topic {topic!r} cannot be used: the broker does not know it")
        self._topics.add(topic)
        return count

    def assign(self, topic: str, partition: int) -> None:
        """Read *partition* from its high watermark on."""
        self._call(self._assign(topic, partition))

    def send(self, topic: str, key: bytes, value: bytes, on_failure: OnFailure) -> None:
        """Queue a record, and wake the loop unless it is about to look at the queue."""
        if self._closed:
            raise ClientUnavailable("the Kafka client is closed")
        if topic not in self._topics:
            self.partitions(topic)
        if len(self._outbox.waiting) >= MAX_QUEUED:
            raise ClientUnavailable(f"the record for {topic!r} was not queued: {MAX_QUEUED} are waiting")
        give_up_at_s = monotonic() + self._timeout_ms / 1000
        self._outbox.waiting.append(OutboxRecord(topic, key, value, on_failure, give_up_at_s))
        if not self._is_awake:
            self._is_awake = True
            self._thread.call_soon(self._wake)

    def poll(self, timeout_s: float) -> list[bytes]:
        """Return the records of all bursts that the loop has read."""
        if self._closed:
            raise ClientUnavailable("the Kafka client is closed")
        try:
            values: list[bytes] = self._bursts.get(timeout=timeout_s)
        except Empty:
            return []
        while not self._bursts.empty():
            values.extend(self._bursts.get())
        return values

    def settings(self) -> Mapping[str, str]:
        """Return the configured settings; a test compares them with those of producer and consumer."""
        import aiokafka

        return {
            **as_text(EQUAL),
            "delivery_timeout_ms": str(self._timeout_ms),
            "produce_requests_in_flight": "1",
            "library": f"aiokafka {aiokafka.__version__}, uvloop",
        }

    def close(self) -> None:
        """Send what is queued, report the rest as failed, and end the loop's thread."""
        if self._closed:
            return
        self._closed = True
        try:
            self._call(self._stop())
        finally:
            self._thread.stop()
            self._bursts.put([])

    def _wake(self) -> None:
        self._is_awake = False
        self._outbox.wake()

    def _call(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        """Return the result of *work* on the loop; raise `ClientUnavailable` if it fails."""
        from aiokafka.errors import KafkaError

        try:
            return self._thread.call(work, self._open_timeout_s)
        except (KafkaError, OSError, RuntimeError) as error:
            raise ClientUnavailable(f"the Kafka broker at {self._kafka} did not answer: {error!r}") from error

    async def _start(self) -> None:
        await self._outbox.connect()
        self._sending_task = asyncio.create_task(self._outbox.run())
        self._reading_task: asyncio.Task[None] | None = None
        try:
            self._consumer = await _connect(_consumer(self._kafka))
        except BaseException:
            await _cancel(self._sending_task)
            raise

    async def _stop(self) -> None:
        if self._reading_task is not None:
            await _cancel(self._reading_task)
        await asyncio.wait({asyncio.create_task(self._outbox.drain())}, timeout=CLOSE_TIMEOUT_S)
        await _cancel(self._sending_task)
        await asyncio.wait({asyncio.create_task(self._consumer.stop())}, timeout=_STOP_TIMEOUT_S)

    async def _connect_producer(self) -> "AIOKafkaProducer":
        return await _connect(_producer(self._kafka, self._timeout_ms))

    async def _count_partitions(self, topic: str) -> int:
        """Fetch the metadata of all topics: a fetch by name would create the topic."""
        if self._outbox.producer is None:
            raise ConnectionError("its connection is gone")
        cluster = await self._outbox.producer.client.fetch_all_metadata()
        return len(cluster.partitions_for_topic(topic) or ())

    async def _assign(self, topic: str, partition: int) -> None:
        from aiokafka import TopicPartition

        wanted = TopicPartition(topic, partition)
        self._consumer.assign([wanted])
        ends = await self._consumer.end_offsets([wanted])
        self._consumer.seek(wanted, ends[wanted])
        if self._reading_task is None:
            self._reading_task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        """Put fetched records into the queue of bursts; pause while it is full."""
        while True:
            try:
                fetched = await self._consumer.getmany(timeout_ms=_FETCH_TIMEOUT_MS, max_records=MAX_RECORDS)
            except Exception as error:  # noqa: BLE001 - reading goes on when the broker is back
                _LOG.warning("reading is held up: %r", error)
                await asyncio.sleep(_PAUSE_S)
                continue
            if fetched:
                self._bursts.put([record.value or b"" for records in fetched.values() for record in records])
            while self._bursts.qsize() > _MAX_BURSTS:
                await asyncio.sleep(_PAUSE_S)


_Connected = TypeVar("_Connected", "AIOKafkaProducer", "AIOKafkaConsumer")


async def _connect(client: _Connected) -> _Connected:
    """Start *client*; if that fails, stop it again."""
    try:
        await asyncio.wait_for(client.start(), _CONNECT_TIMEOUT_S)
    except BaseException:
        await client.stop()
        raise
    return client


async def _cancel(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.wait({task})


def _producer(kafka: str, timeout_ms: int) -> "AIOKafkaProducer":
    from aiokafka import AIOKafkaProducer

    return AIOKafkaProducer(
        bootstrap_servers=kafka,
        client_id="statefun-bench",
        acks=EQUAL.acks,
        enable_idempotence=EQUAL.idempotence,
        linger_ms=EQUAL.linger_ms,
        max_batch_size=EQUAL.batch_bytes,
        compression_type=None,
        request_timeout_ms=timeout_ms,
        retry_backoff_ms=EQUAL.retry_backoff_ms,
    )


def _consumer(kafka: str) -> "AIOKafkaConsumer":
    from aiokafka import AIOKafkaConsumer

    return AIOKafkaConsumer(
        bootstrap_servers=kafka,
        client_id="statefun-bench",
        group_id=None,
        enable_auto_commit=EQUAL.auto_commit,
        auto_offset_reset="latest",
        isolation_level=EQUAL.isolation,
        fetch_max_wait_ms=EQUAL.fetch_wait_ms,
        fetch_min_bytes=EQUAL.fetch_min_bytes,
        request_timeout_ms=round(REQUEST_TIMEOUT_S * 1000),
        retry_backoff_ms=EQUAL.retry_backoff_ms,
    )


class AioKafka:
    """The catalogue's entry for `aiokafka`."""

    name = "aiokafka"
    distribution: str | None = "aiokafka"
    shared = True
    waitings: frozenset[Waiting] = frozenset({"thread", "gevent"})

    def __init__(self, open_timeout_s: float = OPEN_TIMEOUT_S) -> None:
        self._open_timeout_s = open_timeout_s

    def refusal(self) -> str | None:
        """Return which package is missing, or None."""
        return missing("aiokafka") or missing("uvloop")

    def open(self, kafka: str, deadline_s: float) -> AioKafkaClient:
        """Start the loop's thread and connect a producer and a consumer on it."""
        return AioKafkaClient(kafka, deadline_s, self._open_timeout_s)


AIO_KAFKA = AioKafka()
