"""A sequence of a scenario's requests, numbered, with the ids that the service gave its users."""

from typing import NamedTuple

from loadtests.scenarios.protocol import NO_PLACE, Scenario
from loadtests.scenarios.routes import CREATES, method_and_path

UNKNOWN_ID = "never-given-out"
"""The id in requests about a user whose create was not answered; the service answers 404 to it."""


class NumberedRequest(NamedTuple):
    """A scenario's request with its *number* in the load.

    *operation* is the number of the request that it repeats, else its own. *place* of a create is that of the
    user whom it makes.
    """

    number: int
    operation: int
    route: str
    place: int
    amount: int
    keyed: bool
    again: bool


class RequestSequence:
    """Sequence *index* of *sequences*: its requests have the numbers index, index + sequences, and so on."""

    def __init__(self, scenario: Scenario, index: int, sequences: int, population: list[str]) -> None:
        self._scenario = scenario
        self._sequences = sequences
        self._number = index
        self._operation = index
        self._population = population
        self._last_place = len(population) - 1
        self._created: dict[int, str] = {}

    def __next__(self) -> NumberedRequest:
        """Return the next request."""
        request = next(self._scenario)
        number, self._number = self._number, self._number + self._sequences
        if not request.again:
            self._operation = number if request.keyed else self._operation
            self._last_place += request.route in CREATES
        place = self._last_place if request.route in CREATES else request.place
        return NumberedRequest(
            number, self._operation if request.keyed else number, *request._replace(place=place)
        )

    def keep_id(self, create: NumberedRequest, user_id: str) -> None:
        """Keep the id in the answer to *create*, for later requests about that user."""
        self._created[create.place] = user_id

    def user_id(self, place: int) -> str:
        """Return the id of the user at *place*."""
        if place == NO_PLACE:
            return ""
        if place < len(self._population):
            return self._population[place]
        return self._created.get(place, UNKNOWN_ID)

    def resolve(self, request: NumberedRequest) -> tuple[str, str, str]:
        """Return the method and the path of *request*, and the id of its user (empty for a create)."""
        user_id = "" if request.route in CREATES else self.user_id(request.place)
        return *method_and_path(request.route, user_id, request.amount), user_id
