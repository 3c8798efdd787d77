"""The routes that tell of the service itself."""

from collections.abc import Callable, Mapping

import orjson

from system.endpoint import messages
from system.endpoint.http.dispatch import View
from system.endpoint.http.openapi import description
from system.endpoint.http.responses import Answer, failure, success
from system.endpoint.replies import NoReply
from system.endpoint.reply_reader import Reader
from system.endpoint.request_reply import Exchange
from system.wire.topics import USERS

NOBODY = "readyz"
"""An id that is never given out; to ask for it is a whole round trip and leaves nothing behind."""

READY_DEADLINE_S = 2.0

PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"


class MetaRoutes:
    """Answers them from *exchange* and *reader*, *exposition* (the metrics) and *client* (its settings)."""

    def __init__(
        self,
        exchange: Exchange,
        reader: Reader,
        exposition: Callable[[], str],
        client: Mapping[str, str],
    ) -> None:
        self._exchange = exchange
        self._reader = reader
        self._exposition = exposition
        self._client = dict(client)
        self._description = orjson.dumps(description())

    def views(self) -> Mapping[str, View]:
        """Return the views by the names of their routes."""
        return {
            "healthz": self.healthz,
            "readyz": self.readyz,
            "metrics": self.metrics,
            "openapi": self.openapi,
        }

    def healthz(self) -> Answer:
        """Tell whether this process can serve at all."""
        if not self._reader.alive:
            return failure("unavailable", "The thread that reads replies has ended; restart this process.")
        return success({"status": "live"})

    def readyz(self) -> Answer:
        """Tell whether a request makes the whole round trip, by sending one; tell the client's settings."""
        deadline_s = min(READY_DEADLINE_S, self._exchange.deadline_s)
        outcome, trip = self._exchange.ask(USERS, NOBODY, messages.find(), deadline_s, bounded=False)
        if isinstance(outcome, NoReply):
            return failure("unavailable", f"No request makes the round trip: {outcome.detail}", trip=trip)
        if outcome.status >= 500:
            return failure("unavailable", "The functions answer, but fail.", trip=trip)
        return success({"status": "ready", "client": self._client})._replace(trip=trip)

    def metrics(self) -> Answer:
        """Tell what all processes have counted, for Prometheus."""
        return Answer(200, self._exposition().encode(), content_type=PROMETHEUS)

    def openapi(self) -> Answer:
        """Describe the service."""
        return Answer(200, self._description)
