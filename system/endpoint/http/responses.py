"""Answers of the views: JSON bodies, one form for all errors, and the `Server-Timing` header."""

from typing import NamedTuple

import orjson

from system.endpoint.http.errors import STATUS, ErrorCode
from system.endpoint.messages import NoReply
from system.endpoint.request_reply import HopTimes, RequestResult

JSON = "application/json"

Headers = tuple[tuple[str, str], ...]

RETRY_AFTER: Headers = (("Retry-After", "1"),)
"""Header of each 503, in seconds."""

_WITH_HOPS = "endpoint;dur=%.3f, request;dur=%.3f, function;dur=%.3f, reply;dur=%.3f, total;dur=%.3f"
_WITHOUT_HOPS = "endpoint;dur=%.3f, request;dur=0, function;dur=0, reply;dur=0, total;dur=%.3f"


class Answer(NamedTuple):
    """An HTTP response; *hop_times* is that of its request to a function, None if there was none."""

    status: int
    body: bytes
    headers: Headers = ()
    hop_times: HopTimes | None = None
    content_type: str = JSON


class RequestRefused(Exception):
    """Ends a request with *answer* before a record is sent."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def success(body: object, headers: Headers = (), status: int = 200) -> Answer:
    """Return an answer with *body* as JSON."""
    return Answer(status, orjson.dumps(body), headers)


def failure(
    error: ErrorCode,
    detail: str,
    headers: Headers = (),
    hop_times: HopTimes | None = None,
    status: int | None = None,
) -> Answer:
    """Return an answer with an error; *status* replaces the code's usual one."""
    status = STATUS[error] if status is None else status
    body = orjson.dumps({"result": "failure", "error": error, "detail": detail})
    return Answer(status, body, headers + RETRY_AFTER if status == 503 else headers, hop_times)


def from_result(result: RequestResult) -> Answer:
    """Return an answer with the function's reply, its body unchanged, or with the reason why none came."""
    outcome, hop_times = result
    if isinstance(outcome, NoReply):
        return failure(outcome.error, outcome.detail, hop_times=hop_times)
    return Answer(outcome.status, outcome.body, RETRY_AFTER if outcome.status == 503 else (), hop_times)


def server_timing(started_ns: int, ended_ns: int, hop_times: HopTimes | None) -> str:
    """Return the `Server-Timing` header of a request handled from *started_ns* to *ended_ns*, in ms.

    `request`, `function` and `reply` are the hops. `endpoint` is the rest of `total`: the work before the
    record was sent and after its reply came, which includes the time to wake the handler. Clocks can be set
    back, so a negative duration is shown as 0.
    """
    total_ns = max(ended_ns - started_ns, 0)
    if hop_times is None:
        return _WITHOUT_HOPS % (total_ns / 1e6, total_ns / 1e6)
    sent_ns, received_ns, answered_ns, arrived_ns = hop_times
    return _WITH_HOPS % (
        max(total_ns - arrived_ns + sent_ns, 0) / 1e6,
        max(received_ns - sent_ns, 0) / 1e6,
        max(answered_ns - received_ns, 0) / 1e6,
        max(arrived_ns - answered_ns, 0) / 1e6,
        total_ns / 1e6,
    )
