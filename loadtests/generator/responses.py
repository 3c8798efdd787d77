"""Parsing of answers: credit, user and hop times, whatever a faulty service may have sent."""

import json
import math
from typing import Any

from loadtests.measurement.samples import HOPS, NO_CREDIT, NO_HOPS, HopTimes
from loadtests.scenarios.routes import MAX_CREDIT


def parse_hops_ms(header: str | None) -> HopTimes:
    """Parse a `Server-Timing` header into ms in the order of `HOPS`; NaN where a hop is missing."""
    if not header:
        return NO_HOPS
    durations = dict(part.strip().split(";dur=", 1) for part in header.split(",") if ";dur=" in part)
    endpoint, request, function, reply, total = (_number(durations.get(name)) for name in HOPS)
    return endpoint, request, function, reply, total


def _number(text: str | None) -> float:
    try:
        return float(text) if text else math.nan
    except ValueError:
        return math.nan


def parse_body(text: bytes) -> dict[str, Any]:
    """Return the JSON object in *text*; an empty one where there is none."""
    try:
        body = json.loads(text)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def credit_in(body: dict[str, Any]) -> int:
    """Return the credit in *body*; `NO_CREDIT` where it has none that a user can have."""
    credit = body.get("credit")
    return credit if type(credit) is int and 0 <= credit <= MAX_CREDIT else NO_CREDIT


def user_in(body: dict[str, Any]) -> str:
    """Return the id of the user in *body*; empty where it names none."""
    user_id = body.get("user_id")
    return "" if user_id is None else str(user_id)
