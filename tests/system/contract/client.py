"""HTTP client for tests of the service, over a kept-alive connection."""

import http.client
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

TIMEOUT_S = 20.0
"""Longer than the service's own deadline, so that its answer at the deadline is received."""


class NoAnswer(Exception):
    """The connection could not be made, or ended before the answer."""


@dataclass(frozen=True)
class Answer:
    """A status, headers by lower-case name, and a body, which is parsed if it is JSON."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def error(self) -> str | None:
        """The error code, None if there is none."""
        return self.body.get("error") if isinstance(self.body, dict) else None


class ServiceClient:
    """A connection to *address* (`HOST:PORT`), which is made anew only after the server has closed it."""

    def __init__(self, address: str, timeout_s: float = TIMEOUT_S) -> None:
        self._connection = http.client.HTTPConnection(address, timeout=timeout_s)
        self.kept = False
        """Whether the connection stayed open after the last answer."""

    def request(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Answer:
        """Return the answer to a request; raise `NoAnswer` if there is none."""
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
        """Send a GET request."""
        return self.request("GET", path, headers)

    def post(self, path: str, **headers: str) -> Answer:
        """Send a POST request; *headers* have underscores for hyphens."""
        return self.request("POST", path, {name.replace("_", "-"): value for name, value in headers.items()})

    def metric(self, name: str, labels: str = "") -> int:
        """Return the metric *name* with *labels*, as they are written in `/metrics`; 0 if there is none."""
        text = self.get("/metrics").body.decode()
        assert f"# TYPE {name} " in text, f"no metric {name}"
        found = re.search(rf"^{re.escape(name + labels)} (\d+)$", text, re.MULTILINE)
        return int(found[1]) if found else 0

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


@contextmanager
def connected(address: str, timeout_s: float = TIMEOUT_S) -> Iterator[ServiceClient]:
    """Yield a client, and close its connection in the end."""
    client = ServiceClient(address, timeout_s)
    try:
        yield client
    finally:
        client.close()


def metric_of(address: str, name: str) -> int:
    """Return the metric *name*, which has no labels, of the endpoint at *address*."""
    with connected(address) as client:
        return client.metric(name)


def _by_name(response: http.client.HTTPResponse) -> Mapping[str, str]:
    return {name.lower(): value for name, value in response.getheaders()}


def _parsed(response: http.client.HTTPResponse, content: bytes) -> Any:
    is_json = (response.getheader("Content-Type") or "").startswith("application/json")
    return json.loads(content) if is_json and content else content
