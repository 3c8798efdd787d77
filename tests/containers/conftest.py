"""One deployment for all tests of this folder; each test leaves the containers as it found them."""

from collections.abc import Iterator

import pytest

from tests.containers.deployment import INITIAL_SCALE, Deployment
from tests.containers.engine import find, provide_base


@pytest.fixture(scope="session")
def deployment() -> Iterator[Deployment]:
    engine = find()
    provide_base(engine)
    deployed = Deployment.on_free_ports(engine)
    try:
        deployed.compose("build")
        deployed.up(**INITIAL_SCALE)
        yield deployed
    finally:
        deployed.down()
