from collections.abc import Iterator

import psutil
import pytest

from system.servers.catalogue import SERVERS
from tests.live_system import LiveSystem, started

AVAILABLE = [name for name in SERVERS if SERVERS.load(name).unavailable() is None]


@pytest.fixture(scope="module", params=AVAILABLE)
def server(request: pytest.FixtureRequest) -> str:
    """The name of each server that is installed."""
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def endpoint(running_system: LiveSystem, server: str) -> Iterator[LiveSystem]:
    """An endpoint under the server, attached to the running system."""
    attached = started(running_system.data_dir, ("component", "endpoint", "--server", server))
    yield attached
    attached.stop()


@pytest.fixture
def unharmed(endpoint: LiveSystem) -> Iterator[LiveSystem]:
    """The endpoint, whose processes must be the same after the test: a crashed worker would be replaced."""
    before = processes(endpoint)
    yield endpoint
    assert processes(endpoint) == before


def processes(endpoint: LiveSystem) -> set[psutil.Process]:
    """Return the processes of *endpoint*; one that was started again differs, even with the same id."""
    return set(psutil.Process(endpoint.process.pid).children(recursive=True))
