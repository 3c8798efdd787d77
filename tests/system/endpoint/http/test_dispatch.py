import re

import pytest
from flask.testing import FlaskClient
from werkzeug.test import EnvironBuilder, run_wsgi_app

from system.endpoint.http.responses import server_timing
from system.endpoint.request_reply import HopTimes

TIMING = re.compile(
    r"endpoint;dur=[0-9.]+, request;dur=[0-9.]+, function;dur=[0-9.]+, reply;dur=[0-9.]+, total;dur=[0-9.]+"
)


NOWHERE = ["/", "/users", "/users/", "/users/find", "/users/find/", "/users/find/a/b", "/users/find/a%2Fb"]
NOWHERE += ["/users/create/", "/users/credit/add/0", "/users//find/0", "/payment/pay/0", "/users/find/0/"]
NOWHERE += ["/static/x", "/" + "x" * 5000, "/%FF"]


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_path_that_is_not_in_the_table_is_an_unknown_route(method: str, http: FlaskClient) -> None:
    for path in NOWHERE:
        answer = http.open(path, method=method)
        assert answer.json is not None
        assert (answer.status_code, answer.json["error"]) == (404, "unknown_route")


def test_a_request_without_a_path_is_an_unknown_route(http: FlaskClient) -> None:
    environ = EnvironBuilder(method="CONNECT").get_environ()
    del environ["PATH_INFO"]  # as under Bjoern
    _, status, _ = run_wsgi_app(http.application, environ)
    assert status.startswith("404")


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "TRACE", "BREW"])
def test_another_method_is_405_and_says_which_are_allowed(method: str, http: FlaskClient) -> None:
    answer = http.open("/users/create", method=method)
    assert answer.json is not None
    assert (answer.status_code, answer.json["error"]) == (405, "method_not_allowed")
    assert answer.headers["Allow"] == "OPTIONS, POST"


def test_options_says_which_methods_are_allowed(http: FlaskClient) -> None:
    answer = http.options("/users/find/0")
    assert (answer.status_code, answer.data, answer.headers["Allow"]) == (204, b"", "GET, HEAD, OPTIONS")


def test_head_is_get_without_its_body(http: FlaskClient) -> None:
    http.post("/users/create")
    got, head = http.get("/users/find/0"), http.head("/users/find/0")
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["Content-Length"] == got.headers["Content-Length"] == str(len(got.data))


def test_a_body_is_ignored(http: FlaskClient) -> None:
    assert (
        http.post("/users/create", data=b"\xff" * 100_000, content_type="application/json").status_code == 201
    )
    assert http.post("/users/create?x=%FF", json={"user_id": "7"}).json == {"user_id": "1"}


@pytest.mark.parametrize(
    "path", ["/users/find/0", "/nowhere", "/healthz", "/readyz", "/metrics", "/openapi.json"]
)
def test_every_answer_has_server_timing(path: str, http: FlaskClient) -> None:
    assert TIMING.fullmatch(http.get(path).headers["Server-Timing"])


def test_a_host_header_of_any_kind_does_no_harm(http: FlaskClient) -> None:
    assert http.get("/healthz", headers={"Host": "-bad-[host"}).status_code == 200


def test_a_path_that_the_server_decoded_wrongly_is_an_unknown_route(http: FlaskClient) -> None:
    """In PEP 3333, PATH_INFO is bytes decoded as Latin-1; another decoding must not be a 500."""
    environ = EnvironBuilder("/x").get_environ() | {"PATH_INFO": "/users/find/\u20ac"}
    _, status, _ = run_wsgi_app(http.application, environ)
    assert status == "404 Not Found"


def test_the_hops_add_up_to_the_total() -> None:
    times = HopTimes(sent_ns=1_000_000, received_ns=3_000_000, answered_ns=6_000_000, arrived_ns=10_000_000)
    expected = "endpoint;dur=2.500, request;dur=2.000, function;dur=3.000, reply;dur=4.000, total;dur=11.500"
    assert server_timing(0, 11_500_000, times) == expected


def test_a_clock_that_is_set_back_makes_no_duration_negative() -> None:
    assert "-" not in server_timing(10, 0, HopTimes(10, 5, 3, 1))
