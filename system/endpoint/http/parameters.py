"""Parameters in paths and headers, parsed and checked; an invalid one raises `RequestRefused`."""

import re
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from system.endpoint.http.responses import RequestRefused, failure

MAX_AMOUNT = 2**63 - 1
MAX_AMOUNT_DIGITS = 19
MAX_ID_LENGTH = 64
"""No assigned id is longer, so a longer one is unknown without a request to the functions."""
MAX_KEY_LENGTH = 255
MAX_BATCH = 1_000_000
KEY_HASH_BYTES = 8

MAX_QUEUED_S = 3600.0
"""A longer time in a queue is taken for an error of a clock; no deadline is longer."""

_MS_FROM, _US_FROM = 1e11, 1e14
"""From here on, a number of seconds since 1970 is one of milliseconds, and then of microseconds."""
_REQUEST_START = re.compile(r"(?:t=)?([0-9]{1,16}(?:\.[0-9]{1,9})?)", re.ASCII)
_REQUEST_ID = re.compile(r"(?s)(.+)-([0-9a-f]{16})")

Environ = Mapping[str, Any]


def user_id(text: str) -> str:
    """Return a user's id, unless it is longer than any assigned id; otherwise ids are opaque."""
    if len(text) > MAX_ID_LENGTH:
        detail = f"No user has an id of {len(text)} characters; ids have {MAX_ID_LENGTH} at most."
        raise RequestRefused(failure("unknown_user", detail))
    return text


def amount(text: str) -> int:
    """Return an amount: 1 to 19 ASCII digits, 2^63-1 at most; leading zeros are ignored."""
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_AMOUNT_DIGITS):
        raise RequestRefused(
            failure("invalid_amount", f"{text[:MAX_ID_LENGTH]!r} is not an integer in 0..{MAX_AMOUNT}.")
        )
    value = int(text)
    if value > MAX_AMOUNT:
        raise RequestRefused(failure("invalid_amount", f"{value} is more than {MAX_AMOUNT}."))
    return value


def batch_count(text: str) -> int:
    """Return the number of users of a batch, 1..`MAX_BATCH`."""
    value = amount(text)
    if not 1 <= value <= MAX_BATCH:
        raise RequestRefused(failure("invalid_amount", f"A batch has 1..{MAX_BATCH} users, not {value}."))
    return value


def key_hash(environ: Environ) -> bytes:
    """Return the hash of the request's `Idempotency-Key`, or `b""` if it has none."""
    key: str | None = environ.get("HTTP_IDEMPOTENCY_KEY")
    if key is None:
        return b""
    if not (0 < len(key) <= MAX_KEY_LENGTH and key.isascii() and key.isprintable()):
        detail = f"An Idempotency-Key has 1..{MAX_KEY_LENGTH} printable ASCII characters."
        raise RequestRefused(failure("invalid_id", detail))
    return blake2b(key.encode(), digest_size=KEY_HASH_BYTES).digest()


def wants_async(environ: Environ) -> bool:
    """Return whether the request has `Prefer: respond-async`; others are ignored (RFC 7240)."""
    preferences: str | None = environ.get("HTTP_PREFER")
    return preferences is not None and "respond-async" in map(_preference_name, preferences.split(","))


def _preference_name(preference: str) -> str:
    return preference.partition(";")[0].partition("=")[0].strip().lower()


def request_id(function_id: str, hashed: bytes) -> str:
    """Return the request id by which a keyed request can be looked up."""
    return f"{function_id}-{hashed.hex()}"


def parse_request_id(text: str) -> tuple[str, bytes]:
    """Return the function's id and the key hash in a request id."""
    match = _REQUEST_ID.fullmatch(text)
    if match is None or len(match[1]) > MAX_ID_LENGTH:
        detail = "No request has this id. Ids of requests come in the Location of an answer 202."
        raise RequestRefused(failure("invalid_id", detail, status=404))
    return match[1], bytes.fromhex(match[2])


def queued_s(environ: Environ, now_ns: int) -> float:
    """Return how long the request was queued since the instant in the header `X-Request-Start` of a proxy.

    The instant is `t=` and seconds, milliseconds or microseconds since 1970; the `t=` may be missing. Without
    the header the time is unknown, and 0; so it is if the instant is nonsense or in the future.
    """
    text: str | None = environ.get("HTTP_X_REQUEST_START")
    match = _REQUEST_START.fullmatch(text.strip()) if text is not None else None
    if match is None:
        return 0.0
    start = float(match[1])
    start_s = start / 1e6 if start >= _US_FROM else start / 1e3 if start >= _MS_FROM else start
    queued = now_ns / 1e9 - start_s
    return queued if 0 < queued <= MAX_QUEUED_S else 0.0
