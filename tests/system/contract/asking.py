"""Asks an HTTP service over connections that are kept, and keeps what it answered."""

import http.client
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

TIMEOUT_S = 20.0
"""Longer than the service's own deadline: what it says at the end of it is to be heard."""


class NoAnswer(Exception):
    """The connection could not be made, or ended before an answer was there."""


@dataclass(frozen=True)
class Answer:
    """A status, headers by their names in lower case, and a body, parsed where it is JSON."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def error(self) -> str | None:
        """The code of the error, None where it is none."""
        return self.body.get("error") if isinstance(self.body, dict) else None


class Asker:
    """A connection to ADDRESS (`HOST:PORT`) that is made anew only where the server has closed it."""

    def __init__(self, address: str, timeout_s: float = TIMEOUT_S) -> None:
        self._connection = http.client.HTTPConnection(address, timeout=timeout_s)
        self.kept = False
        """Whether the last answer left the connection open."""

    def ask(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Answer:
        """Return the answer to a request; raise `NoAnswer` where there is none."""
        try:
            self._connection.request(method, path, body, dict(headers or {}))
            response = self._connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise NoAnswer(f"{method} {path}: {error!r}") from error
        self.kept = not response.will_close
        return Answer(response.status, _by_name(response), _parsed(response, content))

    def get(self, path: str, **headers: str) -> Answer:
        """Ask with GET."""
        return self.ask("GET", path, headers)

    def post(self, path: str, **headers: str) -> Answer:
        """Ask with POST; *headers* have underscores for hyphens."""
        return self.ask("POST", path, {name.replace("_", "-"): value for name, value in headers.items()})

    def close(self) -> None:
        """Give the connection up."""
        self._connection.close()


@contextmanager
def asking(address: str, timeout_s: float = TIMEOUT_S) -> Iterator[Asker]:
    """Give an `Asker`, and close its connection in the end."""
    asker = Asker(address, timeout_s)
    try:
        yield asker
    finally:
        asker.close()


def _by_name(response: http.client.HTTPResponse) -> Mapping[str, str]:
    return {name.lower(): value for name, value in response.getheaders()}


def _parsed(response: http.client.HTTPResponse, content: bytes) -> Any:
    is_json = (response.getheader("Content-Type") or "").startswith("application/json")
    return json.loads(content) if is_json and content else content
