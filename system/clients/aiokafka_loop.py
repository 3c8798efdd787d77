"""asyncio loop in a native thread."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from system.concurrency import new_lock, start_thread

_LOG = logging.getLogger(__name__)

_Result = TypeVar("_Result")

_GRACE_S = 1.0

_JOIN_TIMEOUT_S = 2.0


class LoopThread:
    """A running loop of uvloop, which is not affected by gevent's patches; `stop` ends it."""

    def __init__(self) -> None:
        import uvloop

        self.loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
        self._ended = start_thread(self._run, "kafka-loop")

    def call(self, work: Coroutine[Any, Any, _Result], timeout_s: float) -> _Result:
        """Run *work* on the loop and return its result; raise its exception, or `TimeoutError`."""
        done = new_lock()
        done.acquire()
        outcome: list[asyncio.Task[_Result]] = []

        def start() -> None:
            outcome.append(self.loop.create_task(asyncio.wait_for(work, timeout_s)))
            outcome[0].add_done_callback(lambda _: done.release())

        try:
            self.loop.call_soon_threadsafe(start)
        except RuntimeError:
            work.close()
            raise
        if not done.acquire(timeout=timeout_s + _GRACE_S):
            raise TimeoutError(f"the asyncio loop did not answer within {timeout_s} s")
        return outcome[0].result()

    def call_soon(self, work: Callable[[], object]) -> None:
        """Call *work* on the loop, from any thread."""
        self.loop.call_soon_threadsafe(work)

    def stop(self) -> None:
        """Cancel all tasks of the loop and end its thread."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        if not self._ended.acquire(timeout=_JOIN_TIMEOUT_S):
            _LOG.warning("an asyncio loop did not end within %s s", _JOIN_TIMEOUT_S)

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_forever()
            self.loop.run_until_complete(_cancel_all())
            self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        finally:
            asyncio.set_event_loop(None)
            self.loop.close()


async def _cancel_all() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
