"""Port for the health checks of a process: they do not queue behind requests, whatever the server does.

A native thread accepts, and one per connection answers. All processes of an endpoint listen on the same port,
and the kernel gives each connection to one of them. Only the start of a request is read, and one request per
connection is answered.
"""

import _socket  # the C module: a native thread must not wait on gevent's sockets
import logging
from contextlib import suppress
from functools import partial

from system.concurrency import Lock, new_lock, pause, start_thread
from system.endpoint.http.dispatch import NO_BODY, STATUS_LINES
from system.endpoint.http.responses import Answer, failure
from system.endpoint.http.routes_meta import MetaViews

BACKLOG = 64
MAX_CONNECTIONS = 16
"""Checks that are answered at the same time; a further one is answered when another has ended."""
MAX_HEAD_BYTES = 8192
READ_TIMEOUT_S = 1.0
RETRY_DELAY_S = 0.1

log = logging.getLogger(__name__)


class HealthPort:
    """Answers `/healthz`, `/readyz` and `/metrics` on *port* of *host*, from *views*, until `close`."""

    def __init__(self, host: str, port: int, views: MetaViews) -> None:
        self._views = {"/healthz": views.healthz, "/readyz": views.readyz, "/metrics": views.metrics}
        self._free = _Slots(MAX_CONNECTIONS)
        self._listener = _listen(host, port)
        self._closed = False
        self._ended: Lock = start_thread(self._accept, "health checks")

    def close(self) -> None:
        """Stop listening."""
        self._closed = True
        with suppress(OSError):
            self._listener.shutdown(_socket.SHUT_RDWR)
        self._ended.acquire(timeout=READ_TIMEOUT_S)
        self._listener.close()

    def _accept(self) -> None:
        while not self._closed:
            try:
                descriptor, _ = self._listener._accept()  # type: ignore[attr-defined]  # `socket.accept` calls it
            except OSError:
                if not self._closed:  # e.g. too many open files
                    pause(RETRY_DELAY_S)
                continue
            connection = _socket.socket(fileno=descriptor)
            self._free.take()
            start_thread(partial(self._serve, connection), "health check")

    def _serve(self, connection: _socket.socket) -> None:
        try:
            connection.settimeout(READ_TIMEOUT_S)
            method, path = _read_request(connection)
            connection.sendall(_response(self._answer(method, path), method))
            connection.shutdown(_socket.SHUT_WR)
        except (OSError, ValueError) as error:
            log.debug("a health check was not answered: %s", error)
        finally:
            connection.close()
            self._free.give_back()

    def _answer(self, method: str, path: str) -> Answer:
        view = self._views.get(path.partition("?")[0])
        if view is None:
            return failure("unknown_route", f"This port answers {', '.join(self._views)}.")
        if method not in ("GET", "HEAD"):
            return failure("method_not_allowed", f"{method} is not allowed here; GET, HEAD are.")
        try:
            return view()
        except Exception:  # the boundary: a defect is logged and answered like any failure
            log.exception("%s failed", path)
            return failure("unavailable", "The endpoint failed; its log says why.", status=500)


class _Slots:
    """A counting semaphore of native threads."""

    def __init__(self, count: int) -> None:
        self._free = count
        self._lock = new_lock()
        self._is_free = new_lock()

    def take(self) -> None:
        """Wait for a slot; only one thread may wait."""
        self._is_free.acquire()
        with self._lock:
            self._free -= 1
            if self._free:
                self._is_free.release()

    def give_back(self) -> None:
        """Give a slot back."""
        with self._lock:
            self._free += 1
            if self._free == 1:
                self._is_free.release()


def _listen(host: str, port: int) -> _socket.socket:
    listener = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
    try:
        listener.setsockopt(_socket.SOL_SOCKET, _socket.SO_REUSEADDR, 1)
        listener.setsockopt(_socket.SOL_SOCKET, _socket.SO_REUSEPORT, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise PortInUse(f"health_port = {port}: {error.strerror}; choose another one") from error
    return listener


class PortInUse(Exception):
    """A port on which this process cannot listen."""


def _read_request(connection: _socket.socket) -> tuple[str, str]:
    """Return the method and path of a request, whose header is read and ignored."""
    head = b""
    while b"\r\n\r\n" not in head:
        part = connection.recv(MAX_HEAD_BYTES)
        head += part
        if not part or len(head) > MAX_HEAD_BYTES:
            raise ValueError("no request, or a too long one")
    method, path, _version = head.partition(b"\r\n")[0].decode("latin1").split(" ")
    return method, path


def _response(answer: Answer, method: str) -> bytes:
    headers = [("Content-Type", answer.content_type), ("Content-Length", str(len(answer.body)))]
    headers += [*answer.headers, ("Connection", "close")]
    lines = [f"HTTP/1.1 {STATUS_LINES[answer.status]}", *(f"{name}: {value}" for name, value in headers)]
    body = b"" if method == "HEAD" or answer.status in NO_BODY else answer.body
    return "\r\n".join([*lines, "", ""]).encode("latin1") + body
