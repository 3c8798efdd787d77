"""Many requests at the same moment, each on a connection of its own."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

WITHIN_S = 30.0

Result = TypeVar("Result")


class Told(NamedTuple):
    """A status, headers by their names in lower case, and a parsed body."""

    status: int
    headers: Mapping[str, str]
    body: Any


class Line:
    """A connection that asks one thing after another."""

    def __init__(self, address: str) -> None:
        self._host, _, port = address.rpartition(":")
        self._port = int(port)

    async def connect(self) -> None:
        """Open the connection."""
        self._reader, self._writer = await asyncio.open_connection(self._host, self._port)

    async def ask(self, method: str, path: str) -> Told:
        """Send a request and return its answer."""
        self._writer.write(
            f"{method} {path} HTTP/1.1\r\nHost: {self._host}\r\nContent-Length: 0\r\n\r\n".encode()
        )
        start, *fields = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin1").split("\r\n")
        headers = {
            name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)
        }
        body = await self._reader.readexactly(int(headers["content-length"]))
        return Told(int(start.split()[1]), headers, json.loads(body))

    async def close(self) -> None:
        """Close the connection."""
        self._writer.close()
        await self._writer.wait_closed()


def all_at_once(
    address: str, talks: Iterable[Callable[[Line], Awaitable[Result]]], within_s: float = WITHIN_S
) -> Sequence[Result]:
    """Have each of *talks* over a line of its own; none begins before all lines are open."""
    return asyncio.run(asyncio.wait_for(_all_at_once(address, list(talks)), within_s))


def ask(method: str, path: str) -> Callable[[Line], Coroutine[Any, Any, Told]]:
    """Return the talk that asks one thing."""
    return lambda line: line.ask(method, path)


async def _all_at_once(
    address: str, talks: Sequence[Callable[[Line], Awaitable[Result]]]
) -> Sequence[Result]:
    lines = [Line(address) for _ in talks]
    try:
        await asyncio.gather(*(line.connect() for line in lines))
        return await asyncio.gather(*(talk(line) for talk, line in zip(talks, lines, strict=True)))
    finally:
        await asyncio.gather(*(line.close() for line in lines), return_exceptions=True)
