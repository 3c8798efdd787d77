"""What a handler returns, and how every answer looks: JSON, one form for all errors, timings in a header."""

from typing import NamedTuple

import orjson

from system.endpoint.http.errors import STATUS, ErrorCode
from system.endpoint.replies import NoReply
from system.endpoint.request_reply import Exchanged, Trip

JSON = "application/json"

Headers = tuple[tuple[str, str], ...]

RETRY: Headers = (("Retry-After", "1"),)
"""Sent with each 503, in seconds."""

_TRIP = "endpoint;dur=%.3f, request;dur=%.3f, function;dur=%.3f, reply;dur=%.3f, total;dur=%.3f"
_LOCAL = "endpoint;dur=%.3f, request;dur=0, function;dur=0, reply;dur=0, total;dur=%.3f"


class Answer(NamedTuple):
    """An HTTP answer; *trip* tells the way of the request behind it, where there was one."""

    status: int
    body: bytes
    headers: Headers = ()
    trip: Trip | None = None
    content_type: str = JSON


class RequestRefused(Exception):
    """Ends a request with *answer* before anything was sent."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def success(body: object, headers: Headers = (), status: int = 200) -> Answer:
    """Answer with *body* as JSON."""
    return Answer(status, orjson.dumps(body), headers)


def failure(
    error: ErrorCode, detail: str, headers: Headers = (), trip: Trip | None = None, status: int | None = None
) -> Answer:
    """Answer with an error; *status* where it is not the code's usual one."""
    status = STATUS[error] if status is None else status
    body = orjson.dumps({"result": "failure", "error": error, "detail": detail})
    return Answer(status, body, headers + RETRY if status == 503 else headers, trip)


def of_exchange(exchanged: Exchanged) -> Answer:
    """Answer what the function replied, byte for byte, or why it did not."""
    outcome, trip = exchanged
    if isinstance(outcome, NoReply):
        return failure(outcome.error, outcome.detail, trip=trip)
    return Answer(outcome.status, outcome.body, RETRY if outcome.status == 503 else (), trip)


def server_timing(started_ns: int, ended_ns: int, trip: Trip | None) -> str:
    """Return the `Server-Timing` header of an answer that took from *started_ns* to *ended_ns*.

    `request`, `function` and `reply` are the hops of the trip, `endpoint` is what remains of `total`: the
    work before the record was sent and after its reply came, the waking of the handler included. Clocks may
    be set back, so no duration is let fall below 0.
    """
    total = max(ended_ns - started_ns, 0)
    if trip is None:
        return _LOCAL % (
            total / 1e6,
            total / 1e6,
        )
    sent, received, answered, arrived = trip
    return _TRIP % (
        max(total - arrived + sent, 0) / 1e6,
        max(received - sent, 0) / 1e6,
        max(answered - received, 0) / 1e6,
        max(arrived - answered, 0) / 1e6,
        total / 1e6,
    )
