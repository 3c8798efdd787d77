"""The scenario `mixed`."""

from collections import deque
from typing import ClassVar

from loadtests.scenarios.draw import Draw
from loadtests.scenarios.protocol import Request
from loadtests.scenarios.routes import USERS, UserRoutes


class Mixed:
    """Use every route: of 100 requests 40 find, 20 credit, 20 add, 12 subtract, 5 create and 3 remove a user.

    One request in ten goes to a user that this sequence has created. Only such users are removed, the oldest
    first, so that the population stays. A remove becomes a create while there are too few of them.
    """

    contract: ClassVar[UserRoutes] = USERS
    weights: ClassVar[dict[str, int]] = {
        "find": 40,
        "credit": 20,
        "add": 20,
        "subtract": 12,
        "create": 5,
        "remove": 3,
    }
    own_share: ClassVar[float] = 0.1
    keep: ClassVar[int] = 3

    def __init__(self, draw: Draw) -> None:
        self._draw = draw
        self._next_place = draw.users
        self._own: deque[int] = deque()

    def __next__(self) -> Request:
        """Return the next request."""
        route = self._draw.route(self.weights)
        if route == "create" or (route == "remove" and len(self._own) < self.keep):
            return self._create()
        if route == "remove":
            return Request(route, self._own.popleft())
        amount = self._draw.amount() if route in ("add", "subtract") else 0
        return Request(route, self._user(), amount)

    def _create(self) -> Request:
        self._own.append(self._next_place)
        self._next_place += 1
        return Request("create")

    def _user(self) -> int:
        if self._own and self._draw.chance(self.own_share):
            return self._own[0]
        return self._draw.user()
