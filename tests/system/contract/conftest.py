"""The service that the contract is held against.

By default each combination of a server and a client that the system offers, as two processes beside the
running system; with CONTRACT_URL set, whatever answers there.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from system.servers.catalogue import SERVERS
from tests.live_system import started
from tests.system.contract.asking import Asker, asking

URL = os.environ.get("CONTRACT_URL")
PROCESSES = 2

COMBINATIONS = [
    (server, client)
    for server in ("gunicorn-sync", "gunicorn-gthread", "granian")
    for client in ("kafka-python", "confluent-kafka")
]

EACH = [None] if URL else COMBINATIONS
ONE = EACH[-1:]
"""For what is long, and the functions' doing alone."""


@dataclass(frozen=True)
class Service:
    """A service under test: its *address*, and that of *another* one over the same users.

    *keep_alive* tells whether it holds connections, None where nobody knows.
    """

    address: str
    another: str
    keep_alive: bool | None


def named(combination: tuple[str, str] | None) -> str:
    """Return what *combination* is called in the name of a test."""
    return "-x-".join(combination) if combination else "url"


@pytest.fixture(scope="session", params=EACH, ids=named)
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    if URL:
        address = urlsplit(URL).netloc
        yield Service(address, address, None)
        return
    server, client = request.param
    system = request.getfixturevalue("running_system")
    parts = ("--server", server, "--client", client, "--processes", str(PROCESSES))
    beside = started(system.data_dir, ("component", "endpoint", *parts))
    keep_alive = SERVERS.load(server).keep_alive
    yield Service(beside.endpoint, system.endpoint, keep_alive)
    beside.stop()


@pytest.fixture
def asker(service: Service) -> Iterator[Asker]:
    """A connection to the service."""
    with asking(service.address) as opened:
        yield opened


@pytest.fixture
def another(service: Service) -> Iterator[Asker]:
    """A connection to an endpoint process that is surely another one."""
    with asking(service.another) as opened:
        yield opened


@pytest.fixture
def user(asker: Asker) -> str:
    """The id of a new user with a credit of 10."""
    user_id: str = asker.post("/users/create").body["user_id"]
    assert asker.post(f"/users/credit/add/{user_id}/10").status == 200
    return user_id
