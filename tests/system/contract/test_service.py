"""Routes about the service, and kept-alive connections."""

import pytest

from tests.system.contract.client import ServiceClient
from tests.system.contract.conftest import Service

pytestmark = pytest.mark.real

ADDED = '{route="add",status="200"}'


def test_it_is_live_and_ready(client: ServiceClient) -> None:
    assert (client.get("/healthz").status, client.get("/healthz").body) == (200, {"status": "live"})
    ready = client.get("/readyz")
    assert (ready.status, ready.body["status"]) == (200, "ready")
    assert ready.body["client"]["acks"] == "all"


def test_its_metrics_count_what_every_process_answers(client: ServiceClient, user: str) -> None:
    before = client.metric("endpoint_requests_total", ADDED)
    for _ in range(6):
        assert client.post(f"/users/credit/add/{user}/1").status == 200
    assert client.metric("endpoint_requests_total", ADDED) >= before + 6
    text = client.get("/metrics").body.decode()
    for name in (
        *("endpoint_requests_total", "endpoint_request_duration_seconds", "endpoint_waiting_requests"),
        *("endpoint_late_replies_total", "endpoint_unknown_replies_total", "endpoint_kafka_errors_total"),
    ):
        assert f"# TYPE {name} " in text


def test_it_describes_itself(client: ServiceClient) -> None:
    described = client.get("/openapi.json")
    assert (described.status, described.body["openapi"][:4]) == (200, "3.1.")
    assert "/users/credit/add/{user_id}/{amount}" in described.body["paths"]


def test_a_connection_serves_many_requests_where_the_server_keeps_it(
    service: Service, client: ServiceClient
) -> None:
    if service.keep_alive is None:
        pytest.skip("the server at CONTRACT_URL is not known")
    for path in ("/users/find/nobody", "/healthz", "/nothing", "/users/find/nobody"):
        client.get(path)
        assert client.kept is service.keep_alive
