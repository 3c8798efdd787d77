"""An HTTP server that costs next to nothing: it answers every request at once with one constant body.

`python -m loadtests.null_server` prints `ready http://127.0.0.1:PORT` and serves until SIGTERM. To a load it
is a service with one user whose credit never changes, so that a load which only reads balances on it.
"""

import asyncio
import json
from typing import cast

import uvloop

from loadtests.generator.users import OPENING_CREDIT
from loadtests.locust_integration.process import HERE

BODY = json.dumps({"user_id": "0", "credit": OPENING_CREDIT}).encode()
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (
    len(BODY),
    BODY,
)
END_OF_REQUEST = b"\r\n\r\n"
"""No request of a load has a body."""


class Null(asyncio.Protocol):
    """One connection, kept until the client closes it."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where answers go."""
        self._transport = cast("asyncio.Transport", transport)
        self._begun = b""

    def data_received(self, data: bytes) -> None:
        """Answer each request that has ended."""
        *ended, self._begun = (self._begun + data).split(END_OF_REQUEST)
        self._transport.write(ANSWER * len(ended))


async def serve() -> None:
    """Serve on a free port of this machine."""
    server = await asyncio.get_running_loop().create_server(Null, HERE, 0, backlog=1024)
    print(f"ready http://{HERE}:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve())
