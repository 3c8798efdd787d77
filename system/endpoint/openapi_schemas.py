"""The parts that the service's description refers to: headers, parameters, bodies."""

from collections.abc import Mapping
from typing import Any

from system.endpoint.errors import ERROR_CODES
from system.endpoint.parameters import MAX_AMOUNT, MAX_BATCH, MAX_KEY_LENGTH

Object = dict[str, Any]

HEADERS: Mapping[str, Object] = {
    "Server-Timing": {
        "description": "Where the time went, ms: `endpoint`, `request`, `function`, `reply`, `total`.",
        "schema": {"type": "string"},
    },
    "Location": {
        "description": "Where to read what was made, or what became of the request.",
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
    "Batch": _object(batch={"type": "integer"}, count={"type": "integer"}),
    "Description": {"type": "object", "required": ["openapi"]},
    "Message": _object(msg={"type": "string"}),
    "Live": _object(status={"const": "live"}),
    "Ready": _object(
        status={"const": "ready"},
        client={
            "type": "object",
            "description": "The settings of the Kafka client that are in force.",
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
        "description": "Opaque. One that was never given out is an unknown user.",
        "schema": {"type": "string"},
    },
    "amount": {
        "description": "ASCII digits, 19 at most; leading zeros count for nothing.",
        "schema": _CREDIT,
    },
    "money": {"description": "The credit of each, written like an amount.", "schema": _CREDIT},
    "count": {
        "description": "How many users, written like an amount.",
        "schema": {"type": "integer", "minimum": 1, "maximum": MAX_BATCH},
    },
    "request_id": {"description": "From the Location of an answer 202.", "schema": {"type": "string"}},
}

KEY: Object = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Of the caller's choice, new for each request; the same again for a repeat.",
    "schema": {"type": "string", "minLength": 1, "maxLength": MAX_KEY_LENGTH, "pattern": "^[ -~]+$"},
}
PREFER: Object = {
    "name": "Prefer",
    "in": "header",
    "description": "`respond-async`: answer 202 at once. Other preferences are ignored.",
    "schema": {"type": "string"},
}
