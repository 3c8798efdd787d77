"""Many requests at the same moment, each on its own connection."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

TIMEOUT_S = 30.0

Result = TypeVar("Result")


class Response(NamedTuple):
    """A status, headers by lower-case name, and a parsed body."""

    status: int
    headers: Mapping[str, str]
    body: Any


class Connection:
    """A connection for one request after the other."""

    def __init__(self, address: str) -> None:
        self._host, _, port = address.rpartition(":")
        self._port = int(port)

    async def open(self) -> None:
        """Open the connection."""
        self._reader, self._writer = await asyncio.open_connection(self._host, self._port)

    async def request(self, method: str, path: str) -> Response:
        """Send a request and return its response."""
        self._writer.write(
            f"{method} {path} HTTP/1.1\r\nHost: {self._host}\r\nContent-Length: 0\r\n\r\n".encode()
        )
        start, *fields = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin1").split("\r\n")
        headers = {
            name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)
        }
        body = await self._reader.readexactly(int(headers["content-length"]))
        return Response(int(start.split()[1]), headers, json.loads(body))

    async def close(self) -> None:
        """Close the connection."""
        self._writer.close()
        await self._writer.wait_closed()


def simultaneously(
    address: str, tasks: Iterable[Callable[[Connection], Awaitable[Result]]], timeout_s: float = TIMEOUT_S
) -> Sequence[Result]:
    """Run each of *tasks* with a connection; all connections are open before the first task starts."""
    return asyncio.run(asyncio.wait_for(_simultaneously(address, list(tasks)), timeout_s))


def one_request(method: str, path: str) -> Callable[[Connection], Coroutine[Any, Any, Response]]:
    """Return the task that sends one request."""
    return lambda connection: connection.request(method, path)


async def _simultaneously(
    address: str, tasks: Sequence[Callable[[Connection], Awaitable[Result]]]
) -> Sequence[Result]:
    connections = [Connection(address) for _ in tasks]
    try:
        await asyncio.gather(*(connection.open() for connection in connections))
        pairs = zip(tasks, connections, strict=True)
        return await asyncio.gather(*(task(connection) for task, connection in pairs))
    finally:
        await asyncio.gather(*(connection.close() for connection in connections), return_exceptions=True)
