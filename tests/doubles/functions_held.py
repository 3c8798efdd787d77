"""A double of the functions that delays every call while a file exists.

`FUNCTIONS_HELD_BY` names the file. A call that arrives while it exists is answered when the file has been
deleted, but after 200 ms at the earliest.
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
