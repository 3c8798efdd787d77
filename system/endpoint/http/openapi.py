"""OpenAPI 3.1 description of the service, built from the table of routes."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from system.endpoint.http.errors import ERROR_CODES, STATUS, ErrorCode
from system.endpoint.http.parameters import MAX_AMOUNT, MAX_BATCH, MAX_KEY_LENGTH
from system.endpoint.http.routes import ABOUT, CONTRACTS, ROUTES, Contract, Route

Object = dict[str, Any]


def description() -> Object:
    """Return the document served at `/openapi.json`."""
    paths: dict[str, Object] = {}
    for route in ROUTES:
        path = route.path.replace("<", "{").replace(">", "}")
        paths.setdefault(path, {})[route.method.lower()] = _operation(route, CONTRACTS[route.name])
    return {
        "openapi": "3.1.0",
        "info": {"title": "User service", "version": "1.0.0", "description": ABOUT},
        "paths": paths,
        "components": {"schemas": dict(SCHEMAS), "headers": dict(HEADERS)},
    }


def _operation(route: Route, contract: Contract) -> Object:
    parameters = [_path_parameter(name) for name in parameter_names(route)]
    headers = ([KEY] if contract.keyed else []) + ([PREFER] if contract.asynchronous else [])
    return {
        "operationId": route.name,
        "tags": [route.path.split("/")[1] if route.path.count("/") > 1 else "service"],
        "summary": contract.summary,
        "description": contract.description,
        "parameters": parameters + headers,
        "responses": _successes(contract) | _failures(error_statuses(route)),
    }


def parameter_names(route: Route) -> Sequence[str]:
    """Return the names of the parameters in the path of *route*."""
    return [part[1:-1] for part in route.path.split("/") if part.startswith("<")]


def error_statuses(route: Route) -> Mapping[ErrorCode, int]:
    """Return the error codes of *route* and the status of each."""
    contract = CONTRACTS[route.name]
    statuses = {code: contract.statuses.get(code, STATUS[code]) for code in contract.errors}
    return statuses | ({"unknown_route": 404} if parameter_names(route) else {})


def _path_parameter(name: str) -> Object:
    return {"name": name, "in": "path", "required": True, **PARAMETERS[name]}


def _successes(contract: Contract) -> Object:
    responses = {
        str(status): _response(status, _content(*schemas), ("Location",) if status == 201 else ())
        for status, schemas in contract.successes.items()
    }
    if contract.asynchronous:
        responses["202"] = _response(202, _content("Accepted"), ("Location", "Preference-Applied"))
    return responses


def _content(*schemas: str) -> Object:
    if not schemas:
        return {"text/plain": {"schema": {"type": "string"}}}
    references = [{"$ref": f"#/components/schemas/{name}"} for name in schemas]
    return {"application/json": {"schema": references[0] if len(references) == 1 else {"anyOf": references}}}


def _response(status: int, content: Object, headers: Sequence[str] = ()) -> Object:
    names = ("Server-Timing", *headers)
    return {
        "description": HTTPStatus(status).phrase,
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in names},
        "content": content,
    }


def _failure(status: int, codes: Sequence[ErrorCode]) -> Object:
    only = {"properties": {"error": {"enum": list(codes)}}}
    schema = {"allOf": [{"$ref": "#/components/schemas/Failure"}, only]}
    headers = ("Retry-After",) if status == HTTPStatus.SERVICE_UNAVAILABLE else ()
    return _response(status, {"application/json": {"schema": schema}}, headers)


def _failures(statuses: Mapping[ErrorCode, int]) -> Object:
    return {
        str(status): _failure(status, [code for code, its_status in statuses.items() if its_status == status])
        for status in sorted(set(statuses.values()))
    }


HEADERS: Mapping[str, Object] = {
    "Server-Timing": {
        "description": "Durations, ms: `endpoint`, `request`, `function`, `reply`, `total`.",
        "schema": {"type": "string"},
    },
    "Location": {
        "description": "Where to read the created user, or the outcome of the request.",
        "schema": {"type": "string", "format": "uri-reference"},
    },
    "Preference-Applied": {"schema": {"const": "respond-async"}},
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "string", "pattern": "^[0-9]+$"}},
}

_CREDIT: Object = {"type": "integer", "minimum": 0, "maximum": MAX_AMOUNT}
_USER_ID: Object = {"type": "string", "pattern": "^(0|[1-9][0-9]*)$"}


def _object(**properties: Object) -> Object:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


SCHEMAS: Mapping[str, Object] = {
    "Created": _object(user_id=_USER_ID),
    "User": _object(user_id=_USER_ID, credit=_CREDIT),
    "Changed": _object(result={"const": "success"}, user_id=_USER_ID, credit=_CREDIT),
    "Removed": _object(result={"const": "success"}),
    "Accepted": _object(result={"const": "accepted"}, request_id={"type": "string"}),
    "Progress": _object(result={"const": "pending"}, done={"type": "integer"}, of={"type": "integer"}),
    "Description": {"type": "object", "required": ["openapi"]},
    "Message": _object(msg={"type": "string"}),
    "Live": _object(status={"const": "live"}),
    "Ready": _object(
        status={"const": "ready"},
        client={
            "type": "object",
            "description": "The settings of the Kafka client in force.",
            "additionalProperties": {"type": "string"},
        },
    ),
    "Failure": _object(
        result={"const": "failure"},
        error={"enum": list(ERROR_CODES)},
        detail={"type": "string", "minLength": 1},
    ),
}

PARAMETERS: Mapping[str, Object] = {
    "user_id": {
        "description": "Opaque. An id that was never assigned is an unknown user.",
        "schema": {"type": "string"},
    },
    "amount": {
        "description": "ASCII digits, 19 at most; leading zeros are ignored.",
        "schema": _CREDIT,
    },
    "money": {"description": "The credit of each user, written like an amount.", "schema": _CREDIT},
    "count": {
        "description": "The number of users, written like an amount.",
        "schema": {"type": "integer", "minimum": 1, "maximum": MAX_BATCH},
    },
    "request_id": {"description": "From the Location of a 202 response.", "schema": {"type": "string"}},
}

KEY: Object = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Chosen by the caller: a new key for each request, the same key for its repeat.",
    "schema": {"type": "string", "minLength": 1, "maxLength": MAX_KEY_LENGTH, "pattern": "^[ -~]+$"},
}
PREFER: Object = {
    "name": "Prefer",
    "in": "header",
    "description": "`respond-async`: answer 202 at once. Other preferences are ignored.",
    "schema": {"type": "string"},
}
