"""One Kafka and one Flink for every combination, and endpoints beside them."""

from collections.abc import Iterator

import pytest

from tests.doubles.functions_held import HELD_BY
from tests.live_system import LiveSystem, start
from tests.system.parts.behind import Behind
from tests.system.parts.combinations import Combination, runnable


@pytest.fixture(scope="session")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Behind]:
    folder = tmp_path_factory.mktemp("parts")
    options = ("--without-endpoint", "--functions", "tests.doubles.functions_held:app")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv(HELD_BY, str(folder / "hold"))
        system = start(folder / "data", *options)
    yield Behind(system, folder / "hold")
    system.stop()


@pytest.fixture(scope="session")
def witness(behind: Behind) -> Iterator[LiveSystem]:
    """An endpoint that sees the users when the one under test is gone."""
    endpoint = behind.endpoint(Combination("granian", "confluent-kafka"))
    yield endpoint
    endpoint.stop()


@pytest.fixture(scope="module", params=runnable(), ids=str)
def combination(request: pytest.FixtureRequest) -> Combination:
    chosen: Combination = request.param
    return chosen


@pytest.fixture(scope="module")
def endpoint(behind: Behind, combination: Combination) -> Iterator[LiveSystem]:
    running = behind.endpoint(combination)
    yield running
    running.stop()
