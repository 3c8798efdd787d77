"""Flask, without what this service does not use and each request would pay for.

Routing, the request context, `flask.request` and the test client are Flask's. Left out are sessions, the
application context, signals, before- and after-request hooks, the Host header (no absolute URL is built)
and response objects: a view returns an `Answer`. Bodies are not read; every input is in the path and the
headers.
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

from system.endpoint.http.responses import Answer, RequestRefused, failure, server_timing
from system.endpoint.http.routes import LABELS, ROUTES, UNKNOWN
from system.endpoint.metrics import Metrics

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

View = Callable[..., Answer]

STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}

_PLACES = {label: place for place, label in enumerate(LABELS)}

log = logging.getLogger(__name__)


class _Context(RequestContext):
    """A request context that has no session and pushes no application context."""

    def push(self) -> None:
        """Make this the request of the running thread or greenlet."""
        self._cv_tokens.append((_cv_request.set(self), None))
        self.match_request()

    def pop(self, exc: BaseException | None = None) -> None:  # noqa: ARG002 - Flask's signature
        """Give up the request."""
        _cv_request.reset(self._cv_tokens.pop()[0])


class EndpointFlask(Flask):
    """A Flask application whose *views*, by the names of their routes, return an `Answer`."""

    def __init__(self, views: Mapping[str, View], metrics: Metrics) -> None:
        super().__init__("system.endpoint", static_folder=None)
        self.url_map.merge_slashes = False
        self._metrics = metrics
        self._views = views
        for route in ROUTES:
            self.add_url_rule(route.path, route.name, methods=[route.method])

    def wsgi_app(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a request, count it, and say where its time went."""
        started_ns = time_ns()
        answer, label = self._answer(environ)
        ended_ns = time_ns()
        self._metrics.observe(_PLACES[label], answer.status, ended_ns - started_ns)
        start_response(STATUS_LINES[answer.status], _headers(answer, started_ns, ended_ns))
        return () if environ["REQUEST_METHOD"] == "HEAD" else (answer.body,)

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Match by path and method alone."""
        if request is None:
            return super().create_url_adapter(None)
        return MapAdapter(self.url_map, "", "/", "", "http", request.path, request.method)

    def _answer(self, environ: "WSGIEnvironment") -> tuple[Answer, str]:
        try:
            context = _Context(self, environ)
        except UnicodeError:
            return failure("unknown_route", "The path is not UTF-8."), UNKNOWN
        if environ["PATH_INFO"].startswith("//"):  # Flask would take it for one slash.
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
        except Exception:  # The boundary: a defect of ours is logged, and answered like any failure.
            log.exception("%s %s failed", request.method, request.path)
            return failure("unavailable", "The endpoint failed; its log says why.", status=500), label


def _headers(answer: Answer, started_ns: int, ended_ns: int) -> list[tuple[str, str]]:
    timing = ("Server-Timing", server_timing(started_ns, ended_ns, answer.trip))
    if answer.status == HTTPStatus.NO_CONTENT:
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
