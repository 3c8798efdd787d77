"""The contract of a scenario: an endless sequence of requests that only its seed decides."""

from typing import ClassVar, NamedTuple, Protocol

from loadtests.scenarios.draw import Draw
from loadtests.scenarios.routes import UserRoutes

NO_PLACE = -1
"""The place in a request that is about no user yet: a create."""


class Request(NamedTuple):
    """One request, before the service has given its users their ids.

    *place* stands for the user. Places below the size of the population are users created before the load;
    the next ones are users that the creates of this sequence make, in their order. A *keyed* request carries
    an `Idempotency-Key`. With *again* it repeats the keyed request before it in the sequence, with its key.
    """

    route: str
    place: int = NO_PLACE
    amount: int = 0
    keyed: bool = False
    again: bool = False


class Scenario(Protocol):
    """A sequence of requests, made from seeded choices alone."""

    contract: ClassVar[UserRoutes]

    def __init__(self, draw: Draw) -> None: ...

    def __next__(self) -> Request:
        """Return the next request."""
        ...
