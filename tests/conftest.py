"""What every test may ask for."""

import sys
from collections.abc import Iterator

import pytest

from tests.live_system import LiveSystem, start


@pytest.fixture(scope="session")
def running_system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSystem]:
    """A whole system on real Kafka and real Flink, shared by the tests; users of others are in it."""
    system = start(tmp_path_factory.mktemp("system") / "data")
    yield system
    system.stop()


def pytest_collection_finish() -> None:
    """Refuse to run where a test's import has patched the threads that the other tests are about."""
    if "locust" in sys.modules:
        raise pytest.UsageError("a test imports Locust, which patches every thread; use a child process")
