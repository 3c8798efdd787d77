from pathlib import Path

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from system.endpoint import messages
from tests.system.endpoint.doubles import endpoint, lost, never, replies


def test_it_is_live_and_ready(http: FlaskClient) -> None:
    assert http.get("/healthz").json == {"status": "live"}
    assert http.get("/readyz").json == {"status": "ready", "client": {"broker": "none"}}


def test_readiness_returns_the_settings_of_the_client(tmp_path: Path) -> None:
    settings = {"acks": "all", "linger_ms": "0"}
    with endpoint(replies(404, "{}"), tmp_path, client_settings=settings) as running:
        assert running.app.test_client().get("/readyz").json == {"status": "ready", "client": settings}


@pytest.mark.parametrize("answering", [never, lost(stored=None), lost(stored=False)])
def test_without_a_round_trip_it_is_live_but_not_ready(answering: object, tmp_path: Path) -> None:
    with endpoint(answering, tmp_path, deadline_s=0.01) as running:  # type: ignore[arg-type]
        http = running.app.test_client()
        assert http.get("/healthz").status_code == 200
        unready = http.get("/readyz")
    assert unready.json is not None
    assert (unready.status_code, unready.json["error"]) == (503, "unavailable")


def test_a_function_that_fails_is_not_ready(tmp_path: Path) -> None:
    with endpoint(replies(503, "{}"), tmp_path) as running:
        assert running.app.test_client().get("/readyz").status_code == 503


def test_readiness_is_answered_when_too_many_requests_wait(tmp_path: Path) -> None:
    with endpoint(replies(404, "{}"), tmp_path, max_waiting=1) as running:
        running.client.answering = never
        running.requester.send("users", "0", messages.find())
        running.client.answering = replies(404, "{}")
        assert running.app.test_client().get("/readyz").status_code == 200
        assert running.app.test_client().get("/users/find/0").status_code == 503


def test_the_metrics_are_what_prometheus_reads(http: FlaskClient) -> None:
    http.post("/users/create")
    http.get("/users/find/0")
    http.get("/nowhere")
    answer = http.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    families = {family.name: family for family in text_string_to_metric_families(answer.text)}
    counted = {tuple(s.labels.values()): s.value for s in families["endpoint_requests"].samples}
    assert counted == {("create", "201"): 1, ("find", "200"): 1, ("unknown", "404"): 1}
    assert families["endpoint_request_duration_seconds"].type == "histogram"
    assert {"endpoint_waiting_requests", "endpoint_late_replies", "endpoint_unknown_replies"} <= set(families)
    assert "endpoint_kafka_errors" in families
