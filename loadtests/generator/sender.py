"""Sends one step of a stream over Locust's HTTP session, and records what came of it."""

import time
from typing import Any, Protocol

import geventhttpclient.client
from locust.contrib.fasthttp import FastHttpSession

from loadtests.generator.requests import NumberedRequest, RequestSequence
from loadtests.generator.responses import NONE, credit_in, parse, parse_hops_ms, user_in
from loadtests.generator.routes import CREATES, NUMBERS
from loadtests.measurement.recorder import Recorder, SampleRow

NS_PER_MS = 1_000_000


def send_each_request_once() -> None:
    """Stop the HTTP client from sending a GET or DELETE again by itself when its connection breaks.

    A silent second try hides the failure, and a DELETE that was applied would then be answered 404.
    """
    geventhttpclient.client._may_retry_after_send_error = lambda method: False  # noqa: ARG005


class Directory(Protocol):
    """Knows the numbers that stand for the service's ids in samples."""

    def number_of(self, user_id: str) -> int:
        """Give the number of *user_id*."""
        ...


class Sender:
    """Sends steps over *session* and records them; *directory* numbers the users."""

    def __init__(
        self, session: FastHttpSession, recorder: Recorder, directory: Directory, key_prefix: str
    ) -> None:
        self._session = session
        self._recorder = recorder
        self._directory = directory
        self._key_prefix = key_prefix

    def send(self, stream: RequestSequence, step: NumberedRequest, intended_ns: int | None = None) -> None:
        """Send *step*, due at *intended_ns* (None: now), wait for its answer, and record both."""
        method, path, user_id = stream.spelt(step)
        sent_ns = time.monotonic_ns()
        due_ns = sent_ns if intended_ns is None else intended_ns
        with self._session.request(
            method, path, name=step.request.route, headers=self._headers(step), catch_response=True
        ) as response:
            ended_ns = time.monotonic_ns()
            response.request_meta["response_time"] = (ended_ns - due_ns) / NS_PER_MS
            _judge(response)
            body = _told(response)
        answered_id = user_in(body)
        if step.request.route in CREATES and answered_id:
            user_id = answered_id
            stream.born(step, user_id)
        users = self._directory.number_of(user_id), self._directory.number_of(answered_id)
        self._record(step, users, (due_ns, sent_ns, ended_ns), response, credit_in(body))

    def _record(
        self,
        step: NumberedRequest,
        users: tuple[int, int],
        times_ns: tuple[int, int, int],
        response: Any,
        credit: int,
    ) -> None:
        row = SampleRow(
            step.number,
            step.operation,
            *times_ns,
            NUMBERS[step.request.route],
            response.status_code or 0,
            *users,
            step.request.amount,
            credit,
        )
        headers = response.headers
        self._recorder.append(row, parse_hops_ms(headers.get("server-timing")) if headers else NONE)

    def _headers(self, step: NumberedRequest) -> dict[str, str] | None:
        return {"Idempotency-Key": f"{self._key_prefix}-{step.operation}"} if step.request.keyed else None


def _judge(response: Any) -> None:
    """Count a refusal (4xx) as the correct answer that it is; only no answer and 5xx are failures."""
    if response.status_code and response.status_code < 500:
        response.success()


def _told(response: Any) -> dict[str, Any]:
    return parse(response.content) if response.status_code and response.status_code < 300 else {}
