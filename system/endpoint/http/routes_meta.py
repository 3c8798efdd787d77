"""Routes about the service: /healthz, /readyz, /metrics, /openapi.json."""

from collections.abc import Callable, Mapping
from copy import copy

import orjson

from system.endpoint import messages
from system.endpoint.http.dispatch import View
from system.endpoint.http.openapi import description
from system.endpoint.http.responses import Answer, failure, success
from system.endpoint.messages import NoReply
from system.endpoint.reply_reader import ReplyReader
from system.endpoint.request_reply import UNASSIGNED_ID, Requester
from system.wire.topics import USERS

READY_DEADLINE_S = 2.0

PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"


class MetaViews:
    """Views of these routes; *exposition* returns the metrics, *client* has the Kafka client's settings."""

    def __init__(
        self,
        requester: Requester,
        reader: ReplyReader,
        exposition: Callable[[], str],
        client: Mapping[str, str],
    ) -> None:
        self._requester = requester
        self._reader = reader
        self._exposition = exposition
        self._client = dict(client)
        self._description = orjson.dumps(description())

    def asking_by(self, requester: Requester) -> "MetaViews":
        """Return views that make their round trip with another requester."""
        other = copy(self)
        other._requester = requester
        return other

    def views(self) -> Mapping[str, View]:
        """Return the views by name of the route."""
        return {
            "healthz": self.healthz,
            "readyz": self.readyz,
            "metrics": self.metrics,
            "openapi": self.openapi,
        }

    def healthz(self) -> Answer:
        """Answer 200 if this process can serve."""
        if not self._reader.alive:
            return failure("unavailable", "The thread that reads replies has ended; restart this process.")
        return success({"status": "live"})

    def readyz(self) -> Answer:
        """Send a request; if its reply comes, answer 200 with the settings of the Kafka client.

        While requests are refused for want of replies, this process asks by itself: the answer is known.
        """
        if refusal := self._requester.refusal():
            return failure("unavailable", f"No request makes the round trip: {refusal.detail}")
        deadline_s = min(READY_DEADLINE_S, self._requester.deadline_s)
        outcome, times = self._requester.request(
            USERS, UNASSIGNED_ID, messages.find(), deadline_s, bounded=False
        )
        if isinstance(outcome, NoReply):
            return failure(
                "unavailable", f"No request makes the round trip: {outcome.detail}", hop_times=times
            )
        if outcome.status >= 500:
            return failure("unavailable", "The functions answer, but fail.", hop_times=times)
        return success({"status": "ready", "client": self._client})._replace(hop_times=times)

    def metrics(self) -> Answer:
        """Return the counts of all processes, for Prometheus."""
        return Answer(200, self._exposition().encode(), content_type=PROMETHEUS)

    def openapi(self) -> Answer:
        """Return the OpenAPI description."""
        return Answer(200, self._description)
