"""One sequence of a scenario's requests, numbered, and bound to the ids that the service gave."""

from typing import NamedTuple

from loadtests.generator.routes import CREATES, spell
from loadtests.scenarios.protocol import NOBODY, Request, Scenario

NEVER_GIVEN = "never-given-out"
"""The id asked for where a user's create was not answered; the contract makes that a 404."""


class NumberedRequest(NamedTuple):
    """A request with its *number*, the *operation* it belongs to, and the *place* that a create fills."""

    number: int
    operation: int
    request: Request
    place: int


class RequestSequence:
    """Sequence *index* of *streams*: its steps carry the numbers index, index + streams, and so on."""

    def __init__(self, scenario: Scenario, index: int, streams: int, population: list[str]) -> None:
        self._scenario = scenario
        self._streams = streams
        self._number = index
        self._operation = index
        self._population = population
        self._place = len(population) - 1
        self._own: dict[int, str] = {}

    def __next__(self) -> NumberedRequest:
        """Give the next step."""
        request = next(self._scenario)
        number, self._number = self._number, self._number + self._streams
        if not request.again:
            self._operation = number if request.keyed else self._operation
            self._place += request.route in CREATES
        operation = self._operation if request.keyed else number
        return NumberedRequest(
            number, operation, request, self._place if request.route in CREATES else request.place
        )

    def born(self, step: NumberedRequest, user_id: str) -> None:
        """Remember the id that the create of *step* was answered with."""
        self._own[step.place] = user_id

    def user_id(self, place: int) -> str:
        """Give the id of the user at *place*."""
        if place == NOBODY:
            return ""
        if place < len(self._population):
            return self._population[place]
        return self._own.get(place, NEVER_GIVEN)

    def spelt(self, step: NumberedRequest) -> tuple[str, str, str]:
        """Give the method and the path of *step*, and the user's id."""
        request = step.request
        user_id = "" if request.route in CREATES else self.user_id(request.place)
        return *spell(request.route, user_id, request.amount), user_id
