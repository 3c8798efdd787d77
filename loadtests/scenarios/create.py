"""The scenario `create`."""

from typing import ClassVar

from loadtests.generator.routes import USERS, UserRoutes
from loadtests.scenarios.draw import Draw
from loadtests.scenarios.protocol import Request


class Create:
    """Make users and nothing else: 100 of 100 requests create; all of them pass the lone create function."""

    contract: ClassVar[UserRoutes] = USERS

    def __init__(self, draw: Draw) -> None:
        self._draw = draw

    def __next__(self) -> Request:
        """Give the next request."""
        return Request("create")
