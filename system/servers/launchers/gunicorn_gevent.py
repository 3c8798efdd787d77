"""Gunicorn's gevent worker, made to end idle connections when it stops.

As it comes it waits for its clients to close their kept-alive connections, up to the whole graceful timeout.
"""

from types import FrameType

import gevent
from gunicorn.workers.ggevent import GeventWorker

from system.servers.launchers.draining import end_connections

LINGER_S = 1.0
"""How long a client may still begin a request on a connection that was promised to stay open."""


class DrainingWorker(GeventWorker):  # type: ignore[misc]  # Gunicorn has no annotations
    """Serves each connection in a greenlet, and stops once those with a request in flight are done."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop: accept no more, and soon end what is idle."""
        super().handle_exit(sig, frame)
        gevent.spawn_later(LINGER_S, self._end_idle)

    def _end_idle(self) -> None:
        for listener in self.cfg.address:
            if isinstance(listener, tuple):
                end_connections(listener[1])
