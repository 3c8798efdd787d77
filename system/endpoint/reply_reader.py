"""The native thread that reads this process's replies and wakes those who wait for them."""

import logging
from time import time_ns

from system.clients.protocol import Client, ClientUnavailable
from system.concurrency import Lock, original, start_thread
from system.endpoint.metrics import KAFKA_ERRORS, LATE_REPLIES, UNKNOWN_REPLIES, Metrics
from system.endpoint.outage import Outage
from system.endpoint.replies import Unreadable, read_reply
from system.endpoint.request_reply import Pending

POLL_S = 0.1
"""Also how soon a stop is noticed, and a record that Kafka gave up is reported, when nothing else comes."""
PAUSE_S = 0.2
"""How long to leave an unreachable broker alone before the next poll."""

log = logging.getLogger(__name__)


class Reader:
    """Polls *client* until it is stopped; no error of the client or of a record ends it.

    While nothing comes, it looks whether the broker is in an *outage*; in one it looks even while replies
    come, or an outage would last as long as they do, and a later one pass for the same.
    """

    def __init__(self, client: Client, pending: Pending, metrics: Metrics, outage: Outage) -> None:
        self._client = client
        self._outage = outage
        self._pending = pending
        self._metrics = metrics
        self._stopping = False
        self._ended: Lock | None = None
        self._pause = original("time", "sleep")

    def start(self) -> None:
        """Begin to read."""
        self._ended = start_thread(self._run, "reader of replies")

    @property
    def alive(self) -> bool:
        """Whether replies are being read."""
        return self._ended is not None and not self._has_ended(0)

    def stop(self, timeout_s: float) -> bool:
        """Stop after the present poll; return whether that happened in *timeout_s*."""
        self._stopping = True
        return self._ended is None or self._has_ended(timeout_s)

    def _has_ended(self, timeout_s: float) -> bool:
        if self._ended is None or not self._ended.acquire(timeout=timeout_s):
            return False
        self._ended.release()
        return True

    def _run(self) -> None:
        while not self._stopping:
            self._read_once()

    def _read_once(self) -> None:
        try:
            values = self._client.poll(POLL_S)
            for value in values:
                self._deliver(value, time_ns())
            if not values or self._outage.number:
                self._outage.look()
        except ClientUnavailable as error:
            self._recover(str(error))
        except Exception:  # The boundary: a reader that ends leaves every request without its reply.
            log.exception("reading replies failed")
            self._recover("an unforeseen error")
        self._metrics.set_waiting(len(self._pending))

    def _recover(self, reason: str) -> None:
        self._outage.look()
        self._metrics.count(KAFKA_ERRORS)
        log.warning("no replies can be read: %s; trying again", reason)
        self._pause(PAUSE_S)

    def _deliver(self, value: bytes, arrived_ns: int) -> None:
        try:
            reply = read_reply(value, arrived_ns)
        except Unreadable as error:
            self._metrics.count(UNKNOWN_REPLIES)
            log.warning("a record among the replies is none: %s", error)
            return
        if not self._pending.resolve(reply.request_id, reply):
            self._metrics.count(LATE_REPLIES if self._pending.gave_out(reply.request_id) else UNKNOWN_REPLIES)
