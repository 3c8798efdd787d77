from collections.abc import Iterator

import pytest

from tests.live_system import LiveSystem, started


@pytest.fixture(scope="module", params=["gunicorn-sync", "gunicorn-gthread", "granian"])
def endpoint(running_system: LiveSystem, request: pytest.FixtureRequest) -> Iterator[LiveSystem]:
    """An endpoint under each server, attached to the running system."""
    attached = started(running_system.data_dir, ("component", "endpoint", "--server", request.param))
    yield attached
    attached.stop()
