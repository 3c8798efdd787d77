"""Many requests at the same moment, each on a connection of its own."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

WITHIN_S = 30.0

Result = TypeVar("Result")


class Told(NamedTuple):
    """A status and a parsed body."""

    status: int
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
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin1").lower()
        length = int(head.partition("content-length:")[2].partition("\r\n")[0])
        return Told(int(head.split()[1]), json.loads(await self._reader.readexactly(length)))

    async def close(self) -> None:
        """Close the connection."""
        self._writer.close()
        await self._writer.wait_closed()


def all_at_once(address: str, talks: Iterable[Callable[[Line], Awaitable[Result]]]) -> Sequence[Result]:
    """Have each of *talks* over a line of its own; none begins before all lines are open."""
    return asyncio.run(asyncio.wait_for(_all_at_once(address, list(talks)), WITHIN_S))


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
