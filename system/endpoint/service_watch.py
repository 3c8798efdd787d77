"""Native thread that runs while replies are missing: it checks the broker, and asks until a reply comes.

It is not the thread that reads replies, since the resolution of the broker's name can take seconds.
"""

import logging
from _queue import SimpleQueue  # not gevent's `queue`, on which a native thread must not wait
from collections.abc import Callable
from time import monotonic

from system.concurrency import Lock, pause, start_thread
from system.endpoint.fail_fast import FailFast
from system.endpoint.outage import BrokerOutage

STEP_S = 0.1

log = logging.getLogger(__name__)


class ServiceWatch:
    """A thread that sleeps until `wake`, and again when there is neither doubt nor an outage."""

    def __init__(self, fail_fast: FailFast, outage: BrokerOutage, ask: Callable[[], None]) -> None:
        self._fail_fast = fail_fast
        self._outage = outage
        self._ask = ask
        self._wanted: SimpleQueue[None] = SimpleQueue()
        self._awake = False
        self._stopping = False
        self._ended: Lock | None = None

    def start(self) -> None:
        """Start the thread."""
        self._ended = start_thread(self._run, "watch of the service")

    def wake(self) -> None:
        """Start looking: requests wait and no reply comes, or a record was not stored."""
        if not self._awake:
            self._awake = True
            self._wanted.put(None)

    def stop(self, timeout_s: float) -> bool:
        """Stop after the current check; return whether that happened in *timeout_s*."""
        self._stopping = True
        self._wanted.put(None)
        if self._ended is None:
            return True
        if not self._ended.acquire(timeout=timeout_s):
            return False
        self._ended.release()
        return True

    def _run(self) -> None:
        while True:
            self._wanted.get()
            while self._look():
                pause(STEP_S)
            if self._stopping:
                return
            self._awake = False

    def _look(self) -> bool:
        """Check once; return whether there is a reason to check again."""
        if self._stopping:
            return False
        try:
            self._outage.check()
            self._decide(monotonic())
        except Exception:  # the boundary: without this thread, refusals would never end
            log.exception("checking the service failed")
        return self._fail_fast.in_doubt or self._outage.unreachable is not None or self._outage.number != 0

    def _decide(self, now_s: float) -> None:
        found = self._outage.unreachable
        if found is not None:
            self._fail_fast.note_unreachable(now_s, found.reason, certain=found.certain)
        if self._fail_fast.should_ask(now_s):
            self._ask()
