"""A double of the functions that takes 200 ms per call, however many records the call carries."""

import asyncio

from system.functions.server import Message, Receive, Send, make_app

DELAY_S = 0.2

_functions = make_app()


async def app(scope: Message, receive: Receive, send: Send) -> None:
    if scope["path"] == "/statefun":
        await asyncio.sleep(DELAY_S)
    await _functions(scope, receive, send)
