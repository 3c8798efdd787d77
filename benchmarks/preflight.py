"""What is asked of a fresh endpoint before it is loaded: one update there and back, and what it runs with."""

import json
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

AMOUNT = 7
TIMEOUT_S = 30.0


class PreflightError(Exception):
    """A fresh endpoint that does not answer as the contract, or its server's declaration, says."""


def preflight(url: str, *, keep_alive: bool) -> dict[str, str]:
    """Return the settings in force of the endpoint's Kafka client.

    Raise `PreflightError` where an update does not come back as it was made, or where the connection is not
    kept, or closed, as *keep_alive* declares.
    """
    connection = HTTPConnection(urlsplit(url).netloc, timeout=TIMEOUT_S)
    try:
        settings = expect(connection, "GET", "/readyz", 200).get("client", {})
        compare_keeping(connection, declared=keep_alive)
        update_there_and_back(connection)
    except (OSError, HTTPException, KeyError, ValueError) as error:
        raise PreflightError(f"preflight: {type(error).__name__}: {error}") from error
    finally:
        connection.close()
    return {str(name): str(value) for name, value in settings.items()}


def update_there_and_back(connection: HTTPConnection) -> None:
    """Create a user, add to its credit and read it back."""
    user = expect(connection, "POST", "/users/create", 201)["user_id"]
    expect(connection, "POST", f"/users/credit/add/{user}/{AMOUNT}", 200)
    credit = expect(connection, "GET", f"/users/credit/{user}", 200)["credit"]
    if credit != AMOUNT:
        raise PreflightError(f"preflight: credit is {credit} after one add of {AMOUNT}")


def compare_keeping(connection: HTTPConnection, *, declared: bool) -> None:
    """Raise `PreflightError` where the answer just read left *connection* otherwise than *declared*."""
    kept = connection.sock is not None
    if kept is not declared:
        did, should = ("kept", "close") if kept else ("closed", "keep")
        raise PreflightError(f"preflight: the server {did} the connection, and declares to {should} it")


def expect(connection: HTTPConnection, method: str, path: str, status: int) -> dict[str, Any]:
    """Return the body of the answer to one request, which must have *status*."""
    connection.request(method, path)
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != status:
        raise PreflightError(f"preflight: {method} {path} answered {answer.status}: {body[:200].decode()}")
    document: dict[str, Any] = json.loads(body)
    return document
