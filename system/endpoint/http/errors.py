"""Error codes of the responses, and the HTTP status of each."""

from collections.abc import Mapping
from typing import Literal, get_args

ErrorCode = Literal[
    "unknown_user",
    "insufficient_credit",
    "invalid_amount",
    "credit_limit",
    "invalid_id",
    "idempotency_conflict",
    "unknown_route",
    "method_not_allowed",
    "overloaded",
    "unavailable",
    "timeout",
]

ERROR_CODES: tuple[ErrorCode, ...] = get_args(ErrorCode)

STATUS: Mapping[ErrorCode, int] = {
    "unknown_user": 404,
    "insufficient_credit": 400,
    "invalid_amount": 400,
    "credit_limit": 400,
    "invalid_id": 400,
    "idempotency_conflict": 422,
    "unknown_route": 404,
    "method_not_allowed": 405,
    "overloaded": 503,
    "unavailable": 503,
    "timeout": 504,
}
