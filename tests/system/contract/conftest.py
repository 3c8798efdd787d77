"""The service under test.

By default an endpoint of two processes per combination of a server and a client, attached to the running
system; with CONTRACT_URL, the service at that address.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from system.servers.catalogue import SERVERS
from tests.live_system import started
from tests.system.contract.client import ServiceClient, connected

URL = os.environ.get("CONTRACT_URL")
PROCESSES = 2

COMBINATIONS = [
    (server, client)
    for server in ("gunicorn-sync", "gunicorn-gthread", "granian")
    for client in ("kafka-python", "confluent-kafka")
]

EACH = [None] if URL else COMBINATIONS
ONE = EACH[-1:]
"""For tests that take long and concern the functions alone."""


@dataclass(frozen=True)
class Service:
    """A service under test: its *address*, and that of *another* one with the same users.

    *keep_alive* is whether it keeps connections open, None if that is unknown.
    """

    address: str
    another: str
    keep_alive: bool | None


def named(combination: tuple[str, str] | None) -> str:
    """Return the name of *combination* in the name of a test."""
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
    attached = started(system.data_dir, ("component", "endpoint", *parts))
    keep_alive = SERVERS.load(server).keep_alive
    yield Service(attached.endpoint, system.endpoint, keep_alive)
    attached.stop()


@pytest.fixture
def client(service: Service) -> Iterator[ServiceClient]:
    """A client of the service."""
    with connected(service.address) as opened:
        yield opened


@pytest.fixture
def another(service: Service) -> Iterator[ServiceClient]:
    """A client of another endpoint process."""
    with connected(service.another) as opened:
        yield opened


@pytest.fixture
def user(client: ServiceClient) -> str:
    """The id of a new user with a credit of 10."""
    user_id: str = client.post("/users/create").body["user_id"]
    assert client.post(f"/users/credit/add/{user_id}/10").status == 200
    return user_id
