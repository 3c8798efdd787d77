"""What a scenario is: an endless sequence of requests that its seed decides, and nothing else does."""

from typing import ClassVar, NamedTuple, Protocol

from loadtests.generator.routes import UserRoutes
from loadtests.scenarios.draw import Draw

NOBODY = -1


class Request(NamedTuple):
    """One request, before the service has given its users their ids.

    *place* stands for the user: those below the size of the population are made before the load; the next
    ones are those that this sequence's own creates make, in their order. A *keyed* request carries an
    `Idempotency-Key`; with *again* it repeats the keyed request before it in the sequence, key included.
    """

    route: str
    place: int = NOBODY
    amount: int = 0
    keyed: bool = False
    again: bool = False


class Scenario(Protocol):
    """A sequence of requests, made from its seeded choices alone."""

    contract: ClassVar[UserRoutes]

    def __init__(self, draw: Draw) -> None: ...

    def __next__(self) -> Request:
        """Give the next request."""
        ...
