from collections.abc import Iterator
from contextlib import closing

import pytest

from system.clients.catalogue import CLIENTS
from system.clients.protocol import Client, ClientKind
from tests.system.clients.broker import Broker, running

DEADLINE_S = 10.0
OPEN_TIMEOUT_S = 2.0

AVAILABLE = [name for name in CLIENTS if CLIENTS.load(name).refusal() is None]
REAL = [pytest.param(name, marks=pytest.mark.real) for name in AVAILABLE if CLIENTS.load(name).shared]
EVERY = ["memory", *REAL]


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with running(tmp_path_factory.mktemp("kafka")) as started:
        yield started


@pytest.fixture(params=EVERY)
def kind(request: pytest.FixtureRequest) -> ClientKind:
    return CLIENTS.load(request.param)


@pytest.fixture(params=REAL)
def real_kind(request: pytest.FixtureRequest) -> ClientKind:
    return CLIENTS.load(request.param)


@pytest.fixture
def impatient_kind(real_kind: ClientKind) -> ClientKind:
    """A kind that waits less for a broker or a topic that is not there."""
    return type(real_kind)(open_timeout_s=OPEN_TIMEOUT_S)  # type: ignore[call-arg]  # not in the protocol


@pytest.fixture
def kafka(kind: ClientKind, request: pytest.FixtureRequest) -> str:
    """The address of a broker, for a client that needs one."""
    return request.getfixturevalue("broker").address if kind.shared else ""


@pytest.fixture
def topic(kind: ClientKind, request: pytest.FixtureRequest) -> str:
    """An empty topic of 32 partitions, which no function reads."""
    return request.getfixturevalue("broker").new_topic() if kind.shared else "user-events"


@pytest.fixture
def client(kind: ClientKind, kafka: str) -> Iterator[Client]:
    with closing(kind.open(kafka, DEADLINE_S)) as opened:
        yield opened
