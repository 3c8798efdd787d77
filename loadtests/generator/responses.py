"""What an answer's body tells of a user, whatever a faulty service may have put there."""

import json
import math
from typing import Any

from loadtests.measurement.samples import HOPS

Hops = tuple[float, float, float, float, float]
NONE: Hops = (math.nan, math.nan, math.nan, math.nan, math.nan)


def parse_hops_ms(header: str | None) -> Hops:
    """Read the hops of *header*, in ms and in the order of `HOPS`; NaN where it does not tell one."""
    if not header:
        return NONE
    told = dict(part.strip().split(";dur=", 1) for part in header.split(",") if ";dur=" in part)
    endpoint, request, function, reply, total = (_number(told.get(name)) for name in HOPS)
    return endpoint, request, function, reply, total


def _number(text: str | None) -> float:
    try:
        return float(text) if text else math.nan
    except ValueError:
        return math.nan


MAX_CREDIT = 2**63 - 1
NO_CREDIT = -1


def parse(text: bytes) -> dict[str, Any]:
    """Give the JSON object in *text*; an empty one where there is none."""
    try:
        body = json.loads(text)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def credit_in(body: dict[str, Any]) -> int:
    """Give the credit that *body* shows, `NOT_TOLD` where it shows none that a user can have."""
    credit = body.get("credit")
    return credit if type(credit) is int and 0 <= credit <= MAX_CREDIT else NO_CREDIT


def user_in(body: dict[str, Any]) -> str:
    """Give the id of the user that *body* is about; empty where it names none."""
    user_id = body.get("user_id")
    return "" if user_id is None else str(user_id)
