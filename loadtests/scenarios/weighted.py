"""The base of scenarios that are no more than a table of weights."""

from typing import ClassVar

from loadtests.scenarios.draw import Draw
from loadtests.scenarios.protocol import Request
from loadtests.scenarios.routes import LOAD_ROUTES, USERS, UserRoutes


class Weighted:
    """Choose each request's route by weight and its user from the population."""

    contract: ClassVar[UserRoutes] = USERS
    weights: ClassVar[dict[str, int]]

    def __init__(self, draw: Draw) -> None:
        self._draw = draw

    def __next__(self) -> Request:
        """Return the next request."""
        route = self._draw.route(self.weights)
        amount = self._draw.amount() if LOAD_ROUTES[route].sign else 0
        return Request(route, self._draw.user(), amount)
