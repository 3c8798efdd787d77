"""The users of a load: created over HTTP before it, and read after it."""

import time
from collections.abc import Callable, Iterable
from http.client import HTTPException
from typing import Any, NamedTuple, Self, TypeVar
from urllib.parse import urlsplit

from gevent.pool import Pool
from geventhttpclient import HTTPClient

from loadtests.generator.responses import credit_in, parse_body, user_in
from loadtests.ledger.operations import Finding
from loadtests.measurement.samples import NO_CREDIT, NO_USER, accepted, refused
from loadtests.scenarios.routes import UserRoutes, method_and_path

CONNECTIONS = 16
FIRST_USER_BOUND_S = 5.0
"""A service that is running creates one user in that time."""
SET_UP_BOUND_S = 40.0
READ_BOUND_S = 25.0
ANSWER_BOUND_S = 12.0
PAUSE_S = 0.2
RETRIED = (0, 500, 502, 503, 504)
"""Statuses after which it is not known whether the request was applied."""
OPENING_CREDIT = 10_000
DIGITS = 19
"""A number of fewer digits fits into the samples."""

Item = TypeVar("Item")
Result = TypeVar("Result")


class LoadImpossible(Exception):
    """The load could not start: the service did not create its users."""


class UserAnswer(NamedTuple):
    """A status (0: no answer) and the JSON object in the body."""

    status: int
    body: dict[str, Any]


class ClosingCredits(NamedTuple):
    """The outcome of the reads at the end."""

    credits: dict[int, int | None]
    """By the user's number: None after a 404, and no entry where the answer has no credit of that user."""
    crossed: list[Finding]


class Population:
    """The users of one load: their ids, and the numbers that stand for these in samples."""

    def __init__(self, host: str, contract: UserRoutes) -> None:
        self.ids: list[str] = []
        self._host = host
        self._contract = contract
        self._own_numbers: dict[str, int] = {"": NO_USER}
        self._id_of: dict[int, str] = {}

    def number_of(self, user_id: str) -> int:
        """Return the number of *user_id*: the id itself if it is a number, else one below `NO_USER`."""
        if user_id.isdecimal() and len(user_id) < DIGITS and str(int(user_id)) == user_id:
            number = int(user_id)
        else:
            number = self._own_numbers.setdefault(user_id, NO_USER - len(self._own_numbers))
        self._id_of[number] = user_id
        return number

    def create(self, size: int) -> dict[int, int]:
        """Create *size* users with their opening credit; return number -> credit."""
        now = time.monotonic()
        with Connections(self._host) as connections:
            first = self._create_one(connections, now + FIRST_USER_BOUND_S)
            deadline = now + SET_UP_BOUND_S
            others = connections.map(lambda _: self._create_one(connections, deadline), range(size - 1))
            self.ids = [first, *others]
        return {self.number_of(user_id): OPENING_CREDIT for user_id in self.ids}

    def read(self, numbers: Iterable[int]) -> ClosingCredits:
        """Read the credit of each user."""
        deadline = time.monotonic() + READ_BOUND_S
        users = [(number, self._id_of[number]) for number in numbers]
        with Connections(self._host) as connections:
            answers = connections.map(lambda user: self._read_one(connections, user[1], deadline), users)
        return closing_credits((*user, answer) for user, answer in zip(users, answers, strict=True))

    def _create_one(self, connections: "Connections", deadline: float) -> str:
        """Create users until one has its opening credit for certain; the others stay unused."""
        while True:
            created = connections.request(*method_and_path(self._contract.create), deadline)
            user_id = user_in(created.body)
            if not user_id:
                raise LoadImpossible(self._failure(created, self._contract.create))
            add = method_and_path(self._contract.add, user_id, OPENING_CREDIT)
            added = connections.request(*add, deadline=0)
            if accepted(added.status):
                return user_id
            if time.monotonic() > deadline:
                raise LoadImpossible(self._failure(added, self._contract.add))

    def _failure(self, answer: UserAnswer, route: str) -> str:
        method, path = method_and_path(route, "ID", OPENING_CREDIT)
        outcome = f"answered {answer.status} to" if answer.status else "gave no answer to"
        return f"{self._host} {outcome} {method} {path}; --host must be a running user service"

    def _read_one(self, connections: "Connections", user_id: str, deadline: float) -> UserAnswer:
        return connections.request(*method_and_path(self._contract.read, user_id), deadline)


class Connections:
    """A few keep-alive connections to one host, for requests that are not measured."""

    def __init__(self, host: str) -> None:
        parts = urlsplit(host)
        self._client = HTTPClient(
            parts.hostname or "127.0.0.1",
            parts.port,
            ssl=parts.scheme == "https",
            concurrency=CONNECTIONS,
            connection_timeout=ANSWER_BOUND_S,
            network_timeout=ANSWER_BOUND_S,
        )
        self._pool = Pool(CONNECTIONS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.kill(block=True)
        self._client.close()

    def map(self, function: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
        """Call *function* for each item, a few at a time; return the results, or raise the first error."""
        return list(self._pool.map(function, items))

    def request(self, method: str, path: str, deadline: float) -> UserAnswer:
        """Send until the outcome is known or *deadline* has passed; return the last answer."""
        while True:
            answer = self._request_once(method, path)
            if answer.status not in RETRIED or time.monotonic() > deadline:
                return answer
            time.sleep(PAUSE_S)

    def _request_once(self, method: str, path: str) -> UserAnswer:
        try:
            response = self._client.request(method, path)
            return UserAnswer(response.status_code, parse_body(response.read()))
        except (OSError, HTTPException):
            return UserAnswer(0, {})


def closing_credits(answers: Iterable[tuple[int, str, UserAnswer]]) -> ClosingCredits:
    """Return the credits in *answers*, each with the user's number and id."""
    credits_: dict[int, int | None] = {}
    crossed = []
    for number, user_id, answer in answers:
        if answer.status == 200 and user_in(answer.body) not in ("", user_id):
            sentence = f"The last read of user {user_id} was answered about {user_in(answer.body)}."
            crossed.append(Finding("crossed", sentence))
        elif answer.status == 200 and (credit := credit_in(answer.body)) != NO_CREDIT:
            credits_[number] = credit
        elif refused(answer.status):
            credits_[number] = None
    return ClosingCredits(credits_, crossed)
