"""Gunicorn's gevent worker, which ends idle connections at the stop.

The original waits for its clients to close kept-alive connections, up to the graceful timeout.
"""

from types import FrameType

import gevent
from gunicorn.workers.ggevent import GeventWorker

from system.servers.launchers.draining import end_connections

LINGER_S = 1.0
"""How long after the stop signal a client may still send a request on a kept-alive connection."""


class DrainingWorker(GeventWorker):  # type: ignore[misc]  # Gunicorn has no annotations
    """A worker with a greenlet per connection; its stop waits for the requests in flight only."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop accepting, and end idle connections after `LINGER_S`."""
        super().handle_exit(sig, frame)
        gevent.spawn_later(LINGER_S, self._end_idle)

    def _end_idle(self) -> None:
        for listener in self.cfg.address:
            if isinstance(listener, tuple):
                end_connections(listener[1])
