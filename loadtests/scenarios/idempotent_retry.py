"""The scenario `idempotent-retry`."""

from typing import ClassVar

from loadtests.scenarios.draw import Draw
from loadtests.scenarios.protocol import Request
from loadtests.scenarios.routes import USERS, UserRoutes


class IdempotentRetry:
    """Write with keys and repeat a fifth: of 100 new requests 50 add, 30 subtract, 5 create, 15 credit.

    Every write carries an `Idempotency-Key`; after one write in four the same request is sent once more.
    """

    contract: ClassVar[UserRoutes] = USERS
    weights: ClassVar[dict[str, int]] = {"add": 50, "subtract": 30, "create": 5, "credit": 15}
    repeated_share: ClassVar[float] = 0.25

    def __init__(self, draw: Draw) -> None:
        self._draw = draw
        self._last: Request | None = None

    def __next__(self) -> Request:
        """Return the next request."""
        last, self._last = self._last, None
        if last and self._draw.chance(self.repeated_share):
            return last._replace(again=True)
        request = self._new_request()
        self._last = request if request.keyed else None
        return request

    def _new_request(self) -> Request:
        route = self._draw.route(self.weights)
        if route == "credit":
            return Request(route, self._draw.user())
        if route == "create":
            return Request(route, keyed=True)
        return Request(route, self._draw.user(), self._draw.amount(), keyed=True)
