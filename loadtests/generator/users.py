"""Makes a load's users over HTTP before it, and reads them back after it."""

import time
from collections.abc import Callable, Iterable
from http.client import HTTPException
from typing import Any, NamedTuple, Self, TypeVar
from urllib.parse import urlsplit

from gevent.pool import Pool
from geventhttpclient import HTTPClient

from loadtests.generator.responses import NO_CREDIT, credit_in, parse, user_in
from loadtests.generator.routes import UserRoutes, spell
from loadtests.ledger.operations import Finding

CONNECTIONS = 16
FIRST_USER_BOUND_S = 5.0
"""A service that is there makes one user in that time."""
SET_UP_BOUND_S = 40.0
READ_BOUND_S = 25.0
ANSWER_BOUND_S = 12.0
PAUSE_S = 0.2
INDEFINITE = (0, 500, 502, 503, 504)
OPENING_CREDIT = 10_000
DIGITS = 19
"""A number of fewer digits fits into the samples."""

Thing = TypeVar("Thing")
Result = TypeVar("Result")


class LoadImpossible(Exception):
    """The load could not be made: the service did not let its users be set up."""


class UserAnswer(NamedTuple):
    """A status (0: none came) and the JSON object that came with it."""

    status: int
    body: dict[str, Any]


class Closing(NamedTuple):
    """What the last reads told."""

    credits: dict[int, int | None]
    """By the user's number: None where the service knows none, missing where it tells no credit of theirs."""
    crossed: list[Finding]


class Population:
    """The users of one load: ids as the service gave them, and the numbers that stand for them in samples."""

    def __init__(self, host: str, contract: UserRoutes) -> None:
        self.ids: list[str] = []
        self._host = host
        self._contract = contract
        self._numbers: dict[str, int] = {"": -1}
        self._known: dict[int, str] = {}

    def number_of(self, user_id: str) -> int:
        """Give the number of *user_id*: itself where it is one, else one of our own; -1 for no user."""
        if user_id.isdecimal() and len(user_id) < DIGITS and str(int(user_id)) == user_id:
            number = int(user_id)
        else:
            number = self._numbers.setdefault(user_id, -1 - len(self._numbers))
        self._known[number] = user_id
        return number

    def make(self, size: int) -> dict[int, int]:
        """Create *size* users with their opening credit; give number -> credit."""
        now = time.monotonic()
        with Connections(self._host) as connections:
            first = self._make_one(connections, now + FIRST_USER_BOUND_S)
            deadline = now + SET_UP_BOUND_S
            others = connections.each(range(size - 1), lambda _: self._make_one(connections, deadline))
            self.ids = [first, *others]
        return {self.number_of(user_id): OPENING_CREDIT for user_id in self.ids}

    def read(self, numbers: Iterable[int]) -> Closing:
        """Read each user's credit."""
        deadline = time.monotonic() + READ_BOUND_S
        wanted = list(numbers)
        with Connections(self._host) as connections:
            answers = connections.each(wanted, lambda number: self._read_one(connections, number, deadline))
        asked = zip(wanted, (self._known[number] for number in wanted), answers, strict=True)
        return closing_of(asked)

    def _make_one(self, connections: "Connections", deadline: float) -> str:
        """Create users until one has its opening credit for certain; the others stay unused."""
        while True:
            created = connections.ask(*spell(self._contract.create), deadline)
            user_id = user_in(created.body)
            if not user_id:
                raise LoadImpossible(self._told(created, self._contract.create))
            added = connections.ask(*spell(self._contract.add, user_id, OPENING_CREDIT), deadline=0)
            if 200 <= added.status < 300:
                return user_id
            if time.monotonic() > deadline:
                raise LoadImpossible(self._told(added, self._contract.add))

    def _told(self, answer: UserAnswer, route: str) -> str:
        method, path = spell(route, "ID", OPENING_CREDIT)
        said = f"answered {answer.status} to" if answer.status else "gave no answer to"
        return f"{self._host} {said} {method} {path}; --host must be a running user service"

    def _read_one(self, connections: "Connections", number: int, deadline: float) -> UserAnswer:
        return connections.ask(*spell(self._contract.read, self._known[number]), deadline)


class Connections:
    """A few keep-alive connections to one host, for what is not measured."""

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

    def each(self, things: Iterable[Thing], do: Callable[[Thing], Result]) -> list[Result]:
        """Do each, a few at a time; give the results in order, or raise the first error."""
        return list(self._pool.map(do, things))

    def ask(self, method: str, path: str, deadline: float) -> UserAnswer:
        """Ask until there is a definite answer or *deadline* has passed; give the last answer."""
        while True:
            answer = self._ask_once(method, path)
            if answer.status not in INDEFINITE or time.monotonic() > deadline:
                return answer
            time.sleep(PAUSE_S)

    def _ask_once(self, method: str, path: str) -> UserAnswer:
        try:
            response = self._client.request(method, path)
            return UserAnswer(response.status_code, parse(response.read()))
        except (OSError, HTTPException):
            return UserAnswer(0, {})


def closing_of(asked: Iterable[tuple[int, str, UserAnswer]]) -> Closing:
    """Make the credits of what was answered about each user: number, id and answer."""
    credits_: dict[int, int | None] = {}
    crossed = []
    for number, user_id, answer in asked:
        if answer.status == 200 and user_in(answer.body) not in ("", user_id):
            sentence = f"The last read of user {user_id} was answered about {user_in(answer.body)}."
            crossed.append(Finding("crossed", sentence))
        elif answer.status == 200 and (credit := credit_in(answer.body)) != NO_CREDIT:
            credits_[number] = credit
        elif 400 <= answer.status < 500:
            credits_[number] = None
    return Closing(credits_, crossed)
