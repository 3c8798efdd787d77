"""Native thread that reads this process's replies and wakes the requests that wait for them."""

import logging
from time import monotonic, time_ns

from system.clients.protocol import Client, ClientUnavailable
from system.concurrency import Lock, pause, start_thread
from system.endpoint.fail_fast import FailFast
from system.endpoint.messages import UnreadableReply, decode_reply
from system.endpoint.metrics import KAFKA_ERRORS, LATE_REPLIES, UNKNOWN_REPLIES, Metrics
from system.endpoint.request_reply import WaitingRequests, is_question
from system.endpoint.service_watch import ServiceWatch

POLL_TIMEOUT_S = 0.1
"""Also the delay after which a stop, or a record that Kafka gave up, is noticed when no reply comes."""
RETRY_DELAY_S = 0.2
"""The time between two polls of an unreachable broker."""

log = logging.getLogger(__name__)


class ReplyReader:
    """A thread that polls *client* until it is stopped; no error of the client or of a record ends it.

    Each reply is noted in *fail_fast*; while none comes to requests that wait, *watch* is woken.
    """

    def __init__(
        self,
        client: Client,
        waiting_requests: WaitingRequests,
        metrics: Metrics,
        fail_fast: FailFast,
        watch: ServiceWatch,
    ) -> None:
        self._client = client
        self._fail_fast = fail_fast
        self._watch = watch
        self._waiting_requests = waiting_requests
        self._metrics = metrics
        self._stopping = False
        self._thread_ended: Lock | None = None

    def start(self) -> None:
        """Start the thread."""
        self._thread_ended = start_thread(self._run, "reader of replies")

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread_ended is not None and not self._thread_ends_within(0)

    def stop(self, timeout_s: float) -> bool:
        """Stop after the current poll; return whether that happened in *timeout_s*."""
        self._stopping = True
        return self._thread_ended is None or self._thread_ends_within(timeout_s)

    def _thread_ends_within(self, timeout_s: float) -> bool:
        if self._thread_ended is None or not self._thread_ended.acquire(timeout=timeout_s):
            return False
        self._thread_ended.release()
        return True

    def _run(self) -> None:
        while not self._stopping:
            self._read_once()

    def _read_once(self) -> None:
        try:
            values = self._client.poll(POLL_TIMEOUT_S)
            for value in values:
                self._deliver(value, time_ns())
            if not values:
                self._note_silence()
        except ClientUnavailable as error:
            self._recover(str(error))
        except Exception:  # the boundary: without this thread no request would get its reply
            log.exception("reading replies failed")
            self._recover("an unforeseen error")
        self._metrics.set_state(len(self._waiting_requests), refusing=self._fail_fast.cause is not None)

    def _note_silence(self) -> None:
        """Have the watch look, unless nobody waits for a reply."""
        if len(self._waiting_requests) or self._fail_fast.in_doubt:
            self._fail_fast.note_silence(monotonic())
            self._watch.wake()

    def _recover(self, reason: str) -> None:
        self._note_silence()
        self._metrics.count(KAFKA_ERRORS)
        log.warning("no replies can be read: %s; trying again", reason)
        pause(RETRY_DELAY_S)

    def _deliver(self, value: bytes, arrived_ns: int) -> None:
        try:
            reply = decode_reply(value, arrived_ns)
        except UnreadableReply as error:
            self._metrics.count(UNKNOWN_REPLIES)
            log.warning("a record among the replies is not a reply: %s", error)
            return
        if not self._waiting_requests.is_own_id(reply.request_id):
            self._metrics.count(UNKNOWN_REPLIES)
            return
        self._fail_fast.note_reply()  # before the request is woken: its caller may send the next at once
        if not self._waiting_requests.resolve(reply.request_id, reply) and not is_question(reply.request_id):
            self._metrics.count(LATE_REPLIES)
