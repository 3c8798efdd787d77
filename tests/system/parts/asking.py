"""Asks an endpoint for updates over kept connections, and counts what it answered."""

import http.client
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import Any

TIMEOUT_S = 30.0


@dataclass(frozen=True)
class Update:
    """An *amount* to be added to the credit of a *user*."""

    user: str
    amount: int

    @property
    def path(self) -> str:
        return f"/users/credit/add/{self.user}/{self.amount}"


@dataclass
class Connection:
    """One connection to an endpoint, made again where the server has closed it after an answer."""

    http: http.client.HTTPConnection
    kept: int = 0
    """How many answers left the connection open."""

    def ask(self, method: str, path: str, **headers: str) -> tuple[int, Any]:
        """Return the status and the parsed body of an answer."""
        self.http.request(method, path, headers={name.replace("_", "-"): headers[name] for name in headers})
        answer = self.http.getresponse()
        body = json.loads(answer.read())
        self.kept += self.http.sock is not None
        return answer.status, body

    def close(self) -> None:
        self.http.close()


def connect(address: str) -> Connection:
    """Return a connection to *address*, HOST:PORT, that is made with its first request."""
    return Connection(http.client.HTTPConnection(address, timeout=TIMEOUT_S))


def new_users(address: str, count: int) -> list[str]:
    """Create *count* users and return their ids."""
    with ThreadPoolExecutor(16) as pool:
        return list(pool.map(lambda _: new_user(address), range(count)))


def new_user(address: str) -> str:
    """Create a user and return its id."""
    with closing(connect(address)) as connection:
        status, body = connection.ask("POST", "/users/create")
        assert status == 201, body
        user: str = body["user_id"]
        return user


def credit(address: str, user: str) -> int:
    """Return the credit that *user* has."""
    with closing(connect(address)) as connection:
        status, body = connection.ask("GET", f"/users/credit/{user}")
        assert status == 200, body
        found: int = body["credit"]
        return found


def update(address: str, one: Update) -> int:
    """Make *one* update on a connection of its own and return the status of the answer."""
    with closing(connect(address)) as connection:
        return connection.ask("POST", one.path)[0]


def made_over(address: str, connections: int, updates: Sequence[Update]) -> Iterator[Connection]:
    """Make *updates* over so many *connections* at once, each of which must answer; yield the connections."""
    shares = [updates[index::connections] for index in range(connections)]
    with ThreadPoolExecutor(connections) as pool:
        yield from pool.map(lambda share: _make(address, share), shares)


def _make(address: str, updates: Sequence[Update]) -> Connection:
    with closing(connect(address)) as connection:
        for one in updates:
            status, body = connection.ask("POST", one.path)
            assert status == 200, body
        return connection


@dataclass
class Caller:
    """Adds 1 to the credit of its *user*, over and over, until the endpoint is gone."""

    user: str
    answered: int = 0

    def call(self, address: str) -> None:
        with closing(connect(address)) as connection:
            try:
                while True:
                    status, body = connection.ask("POST", Update(self.user, 1).path)
                    assert status == 200, body
                    self.answered += 1
            except (OSError, http.client.HTTPException):
                return
