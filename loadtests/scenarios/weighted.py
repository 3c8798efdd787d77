"""A scenario of independent requests to the population: all that it says is its weights."""

from typing import ClassVar

from loadtests.generator.routes import SPELLING, USERS, UserRoutes
from loadtests.scenarios.draw import Draw
from loadtests.scenarios.protocol import Request


class Weighted:
    """Choose each request's route by weight and its user from the population."""

    contract: ClassVar[UserRoutes] = USERS
    weights: ClassVar[dict[str, int]]

    def __init__(self, draw: Draw) -> None:
        self._draw = draw

    def __next__(self) -> Request:
        """Give the next request."""
        route = self._draw.route(self.weights)
        amount = self._draw.amount() if SPELLING[route].sign else 0
        return Request(route, self._draw.user(), amount)
