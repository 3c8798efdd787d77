"""What the service tells of itself, and how it keeps a connection, seen from outside."""

import re

import pytest

from tests.system.contract.asking import Asker
from tests.system.contract.conftest import Service

pytestmark = pytest.mark.real


def test_it_says_that_it_is_live_and_ready(asker: Asker) -> None:
    assert (asker.get("/healthz").status, asker.get("/healthz").body) == (200, {"status": "live"})
    ready = asker.get("/readyz")
    assert (ready.status, ready.body["status"]) == (200, "ready")
    assert ready.body["client"]["acks"] == "all"


def test_its_metrics_count_what_every_process_answers(asker: Asker, user: str) -> None:
    before = adds_counted(asker)
    for _ in range(6):
        assert asker.post(f"/users/credit/add/{user}/1").status == 200
    assert adds_counted(asker) >= before + 6
    text = asker.get("/metrics").body.decode()
    for name in (
        *("endpoint_requests_total", "endpoint_request_duration_seconds", "endpoint_waiting_requests"),
        *("endpoint_late_replies_total", "endpoint_unknown_replies_total", "endpoint_kafka_errors_total"),
    ):
        assert f"# TYPE {name} " in text


def test_it_describes_itself(asker: Asker) -> None:
    described = asker.get("/openapi.json")
    assert (described.status, described.body["openapi"][:4]) == (200, "3.1.")
    assert "/users/credit/add/{user_id}/{amount}" in described.body["paths"]


def test_a_connection_serves_many_requests_where_the_server_keeps_it(service: Service, asker: Asker) -> None:
    if service.keep_alive is None:
        pytest.skip("nothing is known of the server behind CONTRACT_URL")
    for path in ("/users/find/nobody", "/healthz", "/nothing", "/users/find/nobody"):
        asker.get(path)
        assert asker.kept is service.keep_alive


def adds_counted(asker: Asker) -> int:
    text = asker.get("/metrics").body.decode()
    counted = re.search(r'^endpoint_requests_total\{route="add",status="200"\} (\d+)$', text, re.M)
    return int(counted[1]) if counted else 0
