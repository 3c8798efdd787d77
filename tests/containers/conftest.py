"""One deployment for all tests here; they take the containers as they find them, and leave them so."""

from collections.abc import Iterator

import pytest

from tests.containers.deployment import AT_FIRST, Deployment
from tests.containers.engine import find, provide_base


@pytest.fixture(scope="session")
def deployment() -> Iterator[Deployment]:
    engine = find()
    provide_base(engine)
    deployed = Deployment.on_free_ports(engine)
    try:
        deployed.compose("build")
        deployed.up(**AT_FIRST)
        yield deployed
    finally:
        deployed.down()
