from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from system.endpoint.app import build_app
from system.endpoint.settings import EndpointSettings


@pytest.fixture
def settings(tmp_path: Path) -> EndpointSettings:
    return EndpointSettings(client="memory", kafka="none:1", claims_dir=tmp_path, waiting="thread")


@pytest.fixture
def http(settings: EndpointSettings) -> Iterator[FlaskClient]:
    """The whole service, its functions in process."""
    with ExitStack() as closing:
        yield build_app(settings, closing).test_client()
