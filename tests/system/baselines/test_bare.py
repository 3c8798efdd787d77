"""The baseline `bare` with the functions in process."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from werkzeug.test import Client

from system.baselines.bare import build_app
from system.baselines.catalogue import BASELINES
from system.endpoint.settings import EndpointSettings
from system.runtime.endpoint_choice import EndpointOptions, choose


@pytest.fixture
def http(tmp_path: Path) -> Iterator[Client]:
    settings = EndpointSettings(client="memory", kafka="nowhere:0", claims_dir=tmp_path, waiting="thread")
    with ExitStack() as closing:
        yield Client(build_app(settings, closing))


def test_it_answers_as_the_endpoint_does(http: Client) -> None:
    assert http.post("/users/create").json == {"user_id": "0"}
    assert http.post("/users/credit/add/0/5").json == {"result": "success", "user_id": "0", "credit": 5}
    assert http.get("/users/find/0").json == {"user_id": "0", "credit": 5}
    assert http.get("/users/credit/0").json == {"user_id": "0", "credit": 5}
    assert http.get("/users/find/1").status_code == 404
    assert http.get("/nowhere").status_code == 404


def test_it_is_ready_after_a_round_trip_and_returns_its_clients_settings(http: Client) -> None:
    ready = http.get("/readyz")
    assert ready.status_code == 200
    assert ready.json == {"status": "ready", "client": {"broker": "none"}}


def test_it_runs_under_any_server_and_with_any_client() -> None:
    choice = choose(
        EndpointOptions(baseline="bare", server="gunicorn-gthread", client="kafka-python", threads=8)
    )
    assert (choice.server.name, choice.client.name, choice.threads) == ("gunicorn-gthread", "kafka-python", 8)
    assert choice.app == BASELINES["bare"].app
    assert not BASELINES["bare"].has_own_runtime
