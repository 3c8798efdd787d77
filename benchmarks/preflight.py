"""One update there and back through a fresh endpoint, before it is loaded."""

import json
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

AMOUNT = 7
TIMEOUT_S = 30.0


class PreflightError(Exception):
    """A fresh endpoint that does not answer as the contract says."""


def preflight(url: str) -> None:
    """Create a user, add to its credit and read it back; raise `PreflightError` where an answer is wrong."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=TIMEOUT_S)
    try:
        user = expect(connection, "POST", "/users/create", 201)["user_id"]
        expect(connection, "POST", f"/users/credit/add/{user}/{AMOUNT}", 200)
        credit = expect(connection, "GET", f"/users/credit/{user}", 200)["credit"]
    except (OSError, HTTPException, KeyError, ValueError) as error:
        raise PreflightError(f"preflight: {type(error).__name__}: {error}") from error
    finally:
        connection.close()
    if credit != AMOUNT:
        raise PreflightError(f"preflight: credit is {credit} after one add of {AMOUNT}")


def expect(connection: HTTPConnection, method: str, path: str, status: int) -> dict[str, Any]:
    """Return the body of the answer to one request, which must have *status*."""
    connection.request(method, path)
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != status:
        raise PreflightError(f"preflight: {method} {path} answered {answer.status}: {body[:200].decode()}")
    document: dict[str, Any] = json.loads(body)
    return document
