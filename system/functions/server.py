"""ASGI application of the functions: POST /statefun, GET /healthz, GET /metrics."""

import logging
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import DecodeError

from system.functions import user
from system.functions.binding import Binding, UnknownFunction
from system.functions.function import DecideUser, Drops, create_function, user_function

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Coroutine[Any, Any, None]]

BINARY, TEXT = b"application/octet-stream", b"text/plain; version=0.0.4; charset=utf-8"

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Response:
    """An HTTP status, body and content type."""

    status: int
    body: bytes
    content_type: bytes = TEXT


def make_app(decide_user: DecideUser = user.decide) -> App:
    """Return the application; tests pass another *decide_user* than that of `users/user`."""
    drops = Drops()
    binding = Binding({"users/user": user_function(decide_user), "users/create": create_function()}, drops)

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        route = (scope["method"], scope["path"])
        if route == ("POST", "/statefun"):
            response = _call(binding, await _body(receive))
        elif route == ("GET", "/healthz"):
            response = Response(200, b"ok\n")
        elif route == ("GET", "/metrics"):
            response = Response(200, metrics(drops).encode())
        else:
            response = Response(404, b"there are POST /statefun, GET /healthz and GET /metrics\n")
        await _send(send, response)

    return app


def metrics(drops: Drops) -> str:
    """Return the counts of dropped records in Prometheus' text format."""
    name = "users_functions_dropped_records_total"
    counts = [f'{name}{{reason="{reason}"}} {count}\n' for reason, count in sorted(drops.by_reason().items())]
    return f"# HELP {name} Records neither applied nor answered.\n# TYPE {name} counter\n" + "".join(counts)


def _call(binding: Binding, body: bytes) -> Response:
    try:
        return Response(200, binding.answer(body), BINARY)
    except (DecodeError, UnknownFunction) as error:
        _log.error("refused a call of %d bytes: %s", len(body), error)
        return Response(400, f"{error}\n".encode())


async def _body(receive: Receive) -> bytes:
    """Return the whole body, of any size: Flink would repeat a refused batch for ever."""
    message = await receive()
    if not message.get("more_body"):
        return bytes(message.get("body", b""))
    parts = [message.get("body", b"")]
    while message.get("more_body"):
        message = await receive()
        parts.append(message.get("body", b""))
    return b"".join(parts)


async def _send(send: Send, response: Response) -> None:
    headers = [(b"content-type", response.content_type), (b"content-length", b"%d" % len(response.body))]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})


app = make_app()
