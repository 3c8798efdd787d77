"""The description is kept true: it names every route and code, and every answer fits it."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from werkzeug.test import TestResponse

from system.endpoint.http.errors import ERROR_CODES
from system.endpoint.http.openapi import description, error_statuses, parameter_names
from system.endpoint.http.routes import ROUTES, Route
from tests.system.endpoint.doubles import Answering, endpoint, lost, never, replies

DESCRIPTION: dict[str, Any] = json.loads(json.dumps(description()))
BY_NAME = {route.name: route for route in ROUTES}
OK = {"user_id": "0", "count": "2", "money": "5", "amount": "1", "request_id": "0-" + "0" * 16}


def operation(route: Route) -> dict[str, Any]:
    path = route.path.replace("<", "{").replace(">", "}")
    found: dict[str, Any] = DESCRIPTION["paths"][path][route.method.lower()]
    return found


def check(route: Route, answer: TestResponse) -> None:
    """Raise where *answer* is none that the description allows."""
    response = operation(route)["responses"][str(answer.status_code)]
    assert set(response["headers"]) <= set(answer.headers.keys())
    ((content_type, media),) = response["content"].items()
    assert answer.content_type.startswith(content_type)
    if content_type == "application/json":
        schema = media["schema"] | {"components": DESCRIPTION["components"]}
        Draft202012Validator(schema).validate(answer.json)


def path_of(route: Route, **values: str) -> str:
    path = route.path
    for name in parameter_names(route):
        path = path.replace(f"<{name}>", (OK | values)[name])
    return path


def test_every_route_of_the_application_is_described_and_no_other(http: FlaskClient) -> None:
    served = {
        (rule.rule, method) for rule in http.application.url_map.iter_rules() for method in rule.methods or ()
    }
    described = {
        (path.replace("{", "<").replace("}", ">"), method.upper())
        for path, operations in DESCRIPTION["paths"].items()
        for method in operations
    }
    assert {pair for pair in served if pair[1] not in ("HEAD", "OPTIONS")} == described


def test_every_path_parameter_is_described() -> None:
    for route in ROUTES:
        described = [p["name"] for p in operation(route)["parameters"] if p["in"] == "path"]
        assert described == parameter_names(route)


def test_the_codes_are_the_closed_list() -> None:
    assert DESCRIPTION["components"]["schemas"]["Failure"]["properties"]["error"]["enum"] == list(ERROR_CODES)
    used = {code for route in ROUTES for code in error_statuses(route)}
    assert used | {"method_not_allowed"} == set(ERROR_CODES)


def test_every_schema_is_one() -> None:
    for schema in DESCRIPTION["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_it_is_served(http: FlaskClient) -> None:
    assert http.get("/openapi.json").json == DESCRIPTION


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_each_route_answers_as_described(route: Route, http: FlaskClient) -> None:
    http.post("/users/create")
    http.post("/users/credit/add/0/10", headers={"Idempotency-Key": "first"})
    for headers in ({}, {"Prefer": "respond-async"}, {"Idempotency-Key": "k"}, {"Idempotency-Key": ""}):
        check(route, http.open(path_of(route), method=route.method, headers=headers))


@pytest.mark.parametrize(
    "route", [route for route in ROUTES if parameter_names(route)], ids=lambda route: route.name
)
@pytest.mark.parametrize(
    "values",
    [
        {"user_id": "nobody", "request_id": "nobody-" + "0" * 16},
        {"user_id": "a%2Fb", "request_id": "a%2Fb"},
        {"user_id": "9" * 99, "request_id": "9" * 99},
        {"amount": "-1", "money": "-1", "count": "-1"},
        {"amount": str(2**63 - 1), "money": str(2**63 - 1)},
    ],
    ids=lambda values: next(iter(values.values()))[:8],
)
def test_each_route_refuses_as_described(route: Route, values: dict[str, str], http: FlaskClient) -> None:
    http.post("/users/create")
    http.post("/users/credit/add/0/10")
    check(route, http.open(path_of(route, **values), method=route.method))


def test_a_look_up_answers_as_described(http: FlaskClient) -> None:
    later = {"Prefer": "respond-async"}
    accepted = [
        http.post("/users/create", headers=later),
        http.post("/users/credit/add/0/10", headers=later),
        http.post("/users/credit/subtract/0/11", headers=later),
        http.delete("/users/remove/0", headers=later),
    ]
    for answer in accepted:
        check(BY_NAME["look_up"], http.get(answer.headers["Location"]))


FAILURE = '{"result": "failure", "error": "unavailable", "detail": "The function failed."}'


@pytest.mark.parametrize(
    "answering", [never, lost(stored=False), replies(503, FAILURE)], ids=["no reply", "not stored", "failed"]
)
@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_a_route_that_cannot_serve_answers_as_described(
    route: Route, answering: Answering, tmp_path: Path
) -> None:
    with endpoint(answering, tmp_path, deadline_s=0.2) as running:
        check(route, running.app.test_client().open(path_of(route), method=route.method))
