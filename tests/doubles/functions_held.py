"""A double of the functions that takes 200 ms for each call, or longer, while a file is there.

`FUNCTIONS_HELD_BY` names the file. A call that comes while it is there is answered 200 ms later, or when it
has gone, whichever comes last.
"""

import asyncio
import os
import time
from pathlib import Path

from system.functions.server import Message, Receive, Send, make_app

HELD_BY = "FUNCTIONS_HELD_BY"
DELAY_S = 0.2
HOLD_AT_MOST_S = 8.0
"""Less than the endpoint waits for its reply."""

_functions = make_app()


async def app(scope: Message, receive: Receive, send: Send) -> None:
    if scope["path"] == "/statefun":
        await _hold(Path(os.environ[HELD_BY]))
    await _functions(scope, receive, send)


async def _hold(file: Path) -> None:
    if not file.exists():
        return
    deadline_s = time.monotonic() + HOLD_AT_MOST_S
    await asyncio.sleep(DELAY_S)
    while file.exists() and time.monotonic() < deadline_s:
        await asyncio.sleep(0.01)
