"""One Kafka and Flink for all combinations, and an endpoint per combination."""

from collections.abc import Iterator

import pytest

from tests.doubles.functions_held import HELD_BY
from tests.live_system import LiveSystem, start
from tests.system.parts.backend import Backend
from tests.system.parts.combinations import Combination, runnable


@pytest.fixture(scope="session")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    folder = tmp_path_factory.mktemp("parts")
    options = ("--without-endpoint", "--functions", "tests.doubles.functions_held:app")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv(HELD_BY, str(folder / "hold"))
        system = start(folder / "data", *options)
    yield Backend(system, folder / "hold")
    system.stop()


@pytest.fixture(scope="session")
def witness(backend: Backend) -> Iterator[LiveSystem]:
    """An endpoint by which users are read when the one under test is gone."""
    endpoint = backend.endpoint(Combination("granian", "confluent-kafka"))
    yield endpoint
    endpoint.stop()


@pytest.fixture(scope="module", params=runnable(), ids=str)
def combination(request: pytest.FixtureRequest) -> Combination:
    chosen: Combination = request.param
    return chosen


@pytest.fixture(scope="module")
def endpoint(backend: Backend, combination: Combination) -> Iterator[LiveSystem]:
    running = backend.endpoint(combination)
    yield running
    running.stop()
