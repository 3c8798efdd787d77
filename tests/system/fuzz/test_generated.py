"""Requests generated from the OpenAPI description get the answers that it describes."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from system.endpoint.app import build_app
from system.endpoint.http.dispatch import EndpointFlask
from system.endpoint.settings import EndpointSettings
from system.servers.catalogue import SERVERS
from tests.live_system import LiveSystem
from tests.system.fuzz.generated import COMBINATIONS, USERS, for_each_case, validate

IN_PROCESS, OVER_HTTP = 12, 3
"""Examples of each operation and mode."""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EndpointFlask]:
    """The whole service, its functions in process."""
    folder = tmp_path_factory.mktemp("claims")
    settings = EndpointSettings(client="memory", kafka="none:1", claims_dir=folder, waiting="thread")
    with ExitStack() as closing:
        yield build_app(settings, closing)


@pytest.mark.parametrize(("name", "mode"), COMBINATIONS)
def test_in_process(app: EndpointFlask, name: str, mode: str) -> None:
    assert app.test_client().post(f"/payment/batch_init/{USERS}/100").status_code == 200
    for_each_case(name, mode, IN_PROCESS, lambda case: validate(case, app=app))


@pytest.mark.real
@pytest.mark.parametrize(("name", "mode"), COMBINATIONS)
def test_over_http(unharmed: LiveSystem, server: str, name: str, mode: str) -> None:
    assert unharmed.request("POST", f"/payment/batch_init/{USERS}/100")[0] == 200
    url, limits = unharmed.addresses["endpoint"], SERVERS.load(server).limits
    for_each_case(name, mode, OVER_HTTP, lambda case: validate(case, limits=limits, base_url=url))
