"""The description of the service, OpenAPI 3.1, as plain data."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from system.endpoint.contracts import ABOUT, CONTRACTS, Contract
from system.endpoint.errors import STATUS, ErrorCode
from system.endpoint.openapi_schemas import HEADERS, KEY, PARAMETERS, PREFER, SCHEMAS, Object
from system.endpoint.routes import ROUTES, Route


def description() -> Object:
    """Return the document that `/openapi.json` shows."""
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
    """Return the error codes that *route* can answer with, and the status of each."""
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
        str(status): _failure(status, [code for code, theirs in statuses.items() if theirs == status])
        for status in sorted(set(statuses.values()))
    }
