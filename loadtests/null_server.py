"""An HTTP server of almost no cost: it answers every request at once with one constant body.

`python -m loadtests.null_server` prints `ready http://127.0.0.1:PORT` and serves until SIGTERM. To a load it
is a service with one user whose credit never changes, so a load that only reads has a valid ledger.
"""

import asyncio
import json
from typing import cast

import uvloop

from loadtests.generator.users import OPENING_CREDIT

ADDRESS = "127.0.0.1"
BODY = json.dumps({"user_id": "0", "credit": OPENING_CREDIT}).encode()
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (
    len(BODY),
    BODY,
)
END_OF_REQUEST = b"\r\n\r\n"
"""No request of a load has a body."""


class NullProtocol(asyncio.Protocol):
    """One connection, kept until the client closes it."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport for the answers."""
        self._transport = cast("asyncio.Transport", transport)
        self._incomplete = b""

    def data_received(self, data: bytes) -> None:
        """Answer each request that is complete."""
        *complete, self._incomplete = (self._incomplete + data).split(END_OF_REQUEST)
        self._transport.write(ANSWER * len(complete))


async def serve() -> None:
    """Serve on a free port of this machine."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(NullProtocol, ADDRESS, 0, backlog=1024)
    print(f"ready http://{ADDRESS}:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve())
