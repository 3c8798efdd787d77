"""Updates of users' credits over kept-alive connections, and their answers."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tests.system.contract.client import NoAnswer, ServiceClient, connected

TIMEOUT_S = 30.0


@dataclass(frozen=True)
class Update:
    """An *amount* to add to the credit of a *user*."""

    user: str
    amount: int

    @property
    def path(self) -> str:
        return f"/users/credit/add/{self.user}/{self.amount}"


def new_users(address: str, count: int) -> list[str]:
    """Create *count* users and return their ids."""
    with ThreadPoolExecutor(16) as pool:
        return list(pool.map(lambda _: new_user(address), range(count)))


def new_user(address: str) -> str:
    """Create a user and return its id."""
    with connected(address, TIMEOUT_S) as client:
        answer = client.post("/users/create")
        assert answer.status == 201, answer
        user: str = answer.body["user_id"]
        return user


def credit(address: str, user: str) -> int:
    """Return the credit of *user*."""
    with connected(address, TIMEOUT_S) as client:
        answer = client.get(f"/users/credit/{user}")
        assert answer.status == 200, answer
        found: int = answer.body["credit"]
        return found


def send(address: str, update: Update) -> int:
    """Send *update* on a new connection and return the status of the answer."""
    with connected(address, TIMEOUT_S) as client:
        return client.post(update.path).status


def send_over(address: str, connections: int, updates: Sequence[Update]) -> Iterator[int]:
    """Send *updates* over so many *connections*; yield per connection how often an answer left it open."""
    shares = [updates[index::connections] for index in range(connections)]
    with ThreadPoolExecutor(connections) as pool:
        yield from pool.map(lambda share: _send_all(address, share), shares)


def _send_all(address: str, updates: Sequence[Update]) -> int:
    with connected(address, TIMEOUT_S) as client:
        return sum(_succeeds(client, update) and client.kept for update in updates)


def _succeeds(client: ServiceClient, update: Update) -> bool:
    answer = client.post(update.path)
    assert answer.status == 200, answer
    return True


@dataclass
class RepeatedUpdate:
    """Additions of 1 to the credit of *user*, until the endpoint is gone."""

    user: str
    answered: int = 0

    def run(self, address: str) -> None:
        with connected(address, TIMEOUT_S) as client:
            try:
                while True:
                    _succeeds(client, Update(self.user, 1))
                    self.answered += 1
            except NoAnswer:
                return
