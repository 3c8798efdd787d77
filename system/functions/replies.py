"""Statuses and JSON bodies of the functions' replies.

A body contains only values that the window keeps, so that a repeat gets the same answer.
Ids in a body are decimal numbers and need no escaping.
"""

import json
from typing import NamedTuple

from system.functions.state import MAX_COUNT, MAX_CREDIT


class FunctionReply(NamedTuple):
    """An HTTP status and a JSON body."""

    status: int
    body: str


def failure(status: int, error: str, detail: str) -> FunctionReply:
    """Return the reply to a request that failed with the code *error*; *detail* is a sentence."""
    return FunctionReply(status, json.dumps({"result": "failure", "error": error, "detail": detail}))


def created(user_id: str) -> FunctionReply:
    """Return the reply to a create."""
    return FunctionReply(201, f'{{"user_id": "{user_id}"}}')


def found(user_id: str, credit: int) -> FunctionReply:
    """Return the reply to a find."""
    return FunctionReply(200, f'{{"user_id": "{user_id}", "credit": {credit}}}')


def changed(user_id: str, credit: int) -> FunctionReply:
    """Return the reply to an update after which the credit is *credit*."""
    return FunctionReply(200, f'{{"result": "success", "user_id": "{user_id}", "credit": {credit}}}')


def batch(number: int, count: int, credit: int, done: int) -> FunctionReply:
    """Return the reply about a batch of *count* users, of whom at least *done* have their *credit*."""
    body = f'{{"batch": {number}, "count": {count}, "credit": {credit}, "done": {done}}}'
    return FunctionReply(200, body)


def insufficient_credit(credit: int, amount: int) -> FunctionReply:
    """Return the reply to a subtraction of more than the credit."""
    return failure(400, "insufficient_credit", f"The credit is {credit}, which is less than {amount}.")


def credit_limit(credit: int, amount: int) -> FunctionReply:
    """Return the reply to an addition that would exceed the limit."""
    return failure(400, "credit_limit", f"The credit is {credit}; adding {amount} would pass {MAX_CREDIT}.")


REMOVED = FunctionReply(200, '{"result": "success"}')
UNKNOWN_USER = failure(404, "unknown_user", "There is no user with this id.")
INVALID_AMOUNT = failure(400, "invalid_amount", f"An amount is an integer from 0 to {MAX_CREDIT}.")
INVALID_COUNT = failure(400, "invalid_amount", f"A batch has from 0 to {MAX_COUNT} users.")
EXHAUSTED = failure(503, "unavailable", "All ids or batch numbers have been assigned.")
CONFLICT = failure(
    422,
    "idempotency_conflict",
    "This idempotency key was used for another request; use a new key for this one.",
)
UNKNOWN_REQUEST = failure(
    404,
    "invalid_id",
    "No such request is remembered: it was never accepted, or too many keyed requests followed it.",
)
UNREADABLE = failure(400, "unknown_route", "The record names no operation that this function knows.")
NOT_APPLIED = failure(503, "unavailable", "The function failed on this request; nothing was changed.")
STATE_UNREADABLE = failure(503, "unavailable", "The stored state cannot be read; nothing was changed.")
