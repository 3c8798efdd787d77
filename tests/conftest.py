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
    refuse_patched_threads()


def pytest_runtest_teardown() -> None:
    """Refuse to go on for the same reason, at the test that is to blame."""
    refuse_patched_threads()


def refuse_patched_threads() -> None:
    if "locust" in sys.modules:
        pytest.exit("a test imports Locust, which patches every thread; use a child process", returncode=1)
