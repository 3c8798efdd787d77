"""The scenario `create`."""

from typing import ClassVar

from loadtests.scenarios.draw import Draw
from loadtests.scenarios.protocol import Request
from loadtests.scenarios.routes import USERS, UserRoutes


class Create:
    """Create users: 100 of 100 requests create, and all go through the one create function."""

    contract: ClassVar[UserRoutes] = USERS

    def __init__(self, draw: Draw) -> None:
        self._draw = draw

    def __next__(self) -> Request:
        """Return the next request."""
        return Request("create")
