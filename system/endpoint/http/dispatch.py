"""Flask application with a short path from a request to its view.

Routing, the request context, `flask.request` and the test client are Flask's. Sessions, the application
context, signals, before- and after-request hooks, the Host header (no absolute URL is built) and response
objects are not used, and would cost time per request: a view returns an `Answer`. Bodies are not read; all
input is in the path and the headers.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from time import time_ns
from typing import TYPE_CHECKING

from flask import Flask, Request
from flask.ctx import RequestContext
from flask.globals import _cv_request
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import MapAdapter

from system.endpoint.http.parameters import queued_s
from system.endpoint.http.responses import Answer, RequestRefused, failure, server_timing
from system.endpoint.http.routes import LABELS, ROUTES, UNKNOWN
from system.endpoint.metrics import Metrics
from system.endpoint.request_reply import QUEUED_S

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

View = Callable[..., Answer]

STATUS_LINES = {status: f"{status} Unassigned" for status in range(200, 600)} | {
    status.value: f"{status.value} {status.phrase}" for status in HTTPStatus
}
"""A function may reply with a status that has no name."""

NO_BODY = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.RESET_CONTENT, HTTPStatus.NOT_MODIFIED})

_LABEL_INDEX = {label: index for index, label in enumerate(LABELS)}

log = logging.getLogger(__name__)


class _Context(RequestContext):
    """A request context without a session and an application context."""

    def push(self) -> None:
        """Make this the current request of the thread or greenlet."""
        self._cv_tokens.append((_cv_request.set(self), None))
        self.match_request()

    def pop(self, exc: BaseException | None = None) -> None:  # noqa: ARG002 - Flask's signature
        """Restore the previous request."""
        _cv_request.reset(self._cv_tokens.pop()[0])


class EndpointFlask(Flask):
    """A Flask application whose *views*, by name of the route, return an `Answer`.

    `close` sends what is queued, logs what is lost and releases all resources; a second call does nothing.
    """

    close: Callable[[], None]

    def __init__(self, views: Mapping[str, View], metrics: Metrics) -> None:
        super().__init__("system.endpoint", static_folder=None)
        self.url_map.merge_slashes = False
        self._metrics = metrics
        self._views = views
        for route in ROUTES:
            self.add_url_rule(route.path, route.name, methods=[route.method])

    def wsgi_app(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a request, count it, and add the `Server-Timing` header."""
        started_ns = time_ns()
        QUEUED_S.set(queued_s(environ, started_ns))
        answer, label = self._answer(environ)
        ended_ns = time_ns()
        self._metrics.observe(_LABEL_INDEX[label], answer.status, ended_ns - started_ns)
        start_response(STATUS_LINES[answer.status], _headers(answer, started_ns, ended_ns))
        return () if environ["REQUEST_METHOD"] == "HEAD" or answer.status in NO_BODY else (answer.body,)

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Match by path and method only."""
        if request is None:
            return super().create_url_adapter(None)
        return MapAdapter(self.url_map, "", "/", "", "http", request.path, request.method)

    def _answer(self, environ: "WSGIEnvironment") -> tuple[Answer, str]:
        try:
            context = _Context(self, environ)
        except UnicodeError:
            return failure("unknown_route", "The path is not UTF-8."), UNKNOWN
        if environ.get("PATH_INFO", "").startswith("//"):  # Flask would match it as one slash.
            return failure("unknown_route", "The path begins with two slashes."), UNKNOWN
        context.push()
        try:
            return self._dispatch(context.request)
        finally:
            context.pop()

    def _dispatch(self, request: Request) -> tuple[Answer, str]:
        if request.routing_exception is not None:
            return _no_route(request.routing_exception, request), UNKNOWN
        label = request.endpoint or UNKNOWN
        if request.method == "OPTIONS":
            return _options(request), label
        try:
            return self._views[label](**(request.view_args or {})), label
        except RequestRefused as refused:
            return refused.answer, label
        except Exception:  # the boundary: a defect is logged and answered like any failure
            log.exception("%s %s failed", request.method, request.path)
            return failure("unavailable", "The endpoint failed; its log says why.", status=500), label


def _headers(answer: Answer, started_ns: int, ended_ns: int) -> list[tuple[str, str]]:
    timing = ("Server-Timing", server_timing(started_ns, ended_ns, answer.hop_times))
    if answer.status in NO_BODY:
        return [timing, *answer.headers]
    length = ("Content-Length", str(len(answer.body)))
    return [("Content-Type", answer.content_type), length, timing, *answer.headers]


def _no_route(error: HTTPException, request: Request) -> Answer:
    if isinstance(error, MethodNotAllowed):
        allowed = ", ".join(sorted(error.valid_methods or ()))
        detail = f"{request.method} is not allowed here; {allowed} are."
        return failure("method_not_allowed", detail, (("Allow", allowed),))
    return failure("unknown_route", f"There is no {request.path[:200]!r}; /openapi.json lists what there is.")


def _options(request: Request) -> Answer:
    rule = request.url_rule
    allowed = ", ".join(sorted(rule.methods or ())) if rule is not None else ""
    return Answer(HTTPStatus.NO_CONTENT, b"", (("Allow", allowed),))
