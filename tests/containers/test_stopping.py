"""How the containers end; the last test of them."""

import pytest

from tests.containers.deployment import KILLED, SERVICES, Deployment

pytestmark = [pytest.mark.containers, pytest.mark.timeout(1800)]


@pytest.mark.parametrize("service", [*reversed(SERVICES)])
def test_a_container_stops_by_itself_within_ten_seconds(deployment: Deployment, service: str) -> None:
    assert deployment.stop(deployment.containers(service)[-1]) != KILLED
