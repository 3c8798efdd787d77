"""What an answer's body tells of a user, whatever a faulty service may have put there."""

import json
from typing import Any

MAX_CREDIT = 2**63 - 1
NOT_TOLD = -1


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
    return credit if type(credit) is int and 0 <= credit <= MAX_CREDIT else NOT_TOLD


def user_in(body: dict[str, Any]) -> str:
    """Give the id of the user that *body* is about; empty where it names none."""
    user_id = body.get("user_id")
    return "" if user_id is None else str(user_id)
