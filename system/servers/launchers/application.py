"""Construction of the application that a worker serves."""

import importlib
from collections.abc import Iterable
from typing import Any, Protocol

CANNOT_SERVE = 3
"""The exit status of a server whose application could not be built."""


class Application(Protocol):
    """A WSGI application (PEP 3333)."""

    def __call__(self, environ: dict[str, Any], start_response: Any, /) -> Iterable[bytes]:
        """Answer one request."""


def attribute(reference: str) -> Any:
    """Import and return the attribute at *reference*, `module:attribute`."""
    module, _, name = reference.partition(":")
    return getattr(importlib.import_module(module), name)


def close(application: object) -> None:
    """Call `close` of *application*, if it has one, to deliver what it accepted and release what it holds.

    To be called in the worker after its last request. It may be called twice and must be bounded in time.
    """
    closing = getattr(application, "close", None)
    if callable(closing):
        closing()


def build(app: str) -> Application:
    """Return the application from the factory *app*, `module:factory`; call it in the process that serves."""
    application: Application = attribute(app)()
    return application
