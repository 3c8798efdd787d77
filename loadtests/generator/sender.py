"""The sender of requests: one over Locust's HTTP session, then one row of the record."""

import time
from typing import Any, Protocol

import geventhttpclient.client
from locust.contrib.fasthttp import FastHttpSession

from loadtests.generator.requests import NumberedRequest, RequestSequence
from loadtests.generator.responses import credit_in, parse_body, parse_hops_ms, user_in
from loadtests.measurement.recorder import Recorder, SampleRow
from loadtests.measurement.samples import NO_HOPS, accepted, succeeded
from loadtests.measurement.units import NS_PER_MS
from loadtests.scenarios.routes import CREATES, ROUTE_NUMBERS


def send_each_request_once() -> None:
    """Stop the HTTP client from sending a GET or DELETE again by itself when its connection breaks.

    A silent second try hides the failure, and a DELETE that was applied would then be answered 404.
    """
    geventhttpclient.client._may_retry_after_send_error = lambda method: False  # noqa: ARG005


class UserNumbers(Protocol):
    """The numbers that stand for the service's ids in samples."""

    def number_of(self, user_id: str) -> int:
        """Return the number of *user_id*."""
        ...


class Sender:
    """Sends requests over *session* and records them; *users* numbers their users."""

    def __init__(
        self, session: FastHttpSession, recorder: Recorder, users: UserNumbers, key_prefix: str
    ) -> None:
        self._session = session
        self._recorder = recorder
        self._users = users
        self._key_prefix = key_prefix

    def send(
        self, sequence: RequestSequence, request: NumberedRequest, intended_ns: int | None = None
    ) -> None:
        """Send *request*, due at *intended_ns* (None: now), wait for its answer, and record both."""
        method, path, user_id = sequence.resolve(request)
        sent_ns = time.monotonic_ns()
        due_ns = sent_ns if intended_ns is None else intended_ns
        with self._session.request(
            method, path, name=request.route, headers=self._headers(request), catch_response=True
        ) as response:
            ended_ns = time.monotonic_ns()
            response.request_meta["response_time"] = (ended_ns - due_ns) / NS_PER_MS
            _count_as_success(response)
            body = parse_body(response.content) if accepted(response.status_code or 0) else {}
        answered_id = user_in(body)
        if request.route in CREATES and answered_id:
            user_id = answered_id
            sequence.keep_id(request, user_id)
        users = self._users.number_of(user_id), self._users.number_of(answered_id)
        self._record(request, users, (due_ns, sent_ns, ended_ns), response, credit_in(body))

    def _record(
        self,
        request: NumberedRequest,
        users: tuple[int, int],
        times_ns: tuple[int, int, int],
        response: Any,
        credit: int,
    ) -> None:
        row = SampleRow(
            request.number,
            request.operation,
            *times_ns,
            ROUTE_NUMBERS[request.route],
            response.status_code or 0,
            *users,
            request.amount,
            credit,
        )
        headers = response.headers
        self._recorder.append(row, parse_hops_ms(headers.get("server-timing")) if headers else NO_HOPS)

    def _headers(self, request: NumberedRequest) -> dict[str, str] | None:
        return {"Idempotency-Key": f"{self._key_prefix}-{request.operation}"} if request.keyed else None


def _count_as_success(response: Any) -> None:
    """Count a refusal (4xx) as a success, where Locust would count a failure: it is a correct answer."""
    if succeeded(response.status_code or 0):
        response.success()
