"""Module loaded by a uWSGI worker: the application, and a thread that ends idle connections at the stop."""

import os
import threading
import time
from collections.abc import Mapping

from system.servers.launchers.application import Application, build
from system.servers.launchers.draining import end_connections
from system.servers.protocol import Serving

DRAIN_EVERY_S = 0.1
_APP, _PORT, _STOP_PIPE = "SERVED_APP", "SERVED_PORT", "SERVED_STOP_PIPE"


def environment(serving: Serving, stop_pipe: int) -> Mapping[str, str]:
    """Return the variables that `open_app` reads; the end of *stop_pipe* means that the server stops."""
    return {_APP: serving.app, _PORT: str(serving.port), _STOP_PIPE: str(stop_pipe)}


def open_app() -> Application:
    """Build the application in the worker that serves it."""
    application = build(os.environ[_APP])
    stop_pipe, port = int(os.environ[_STOP_PIPE]), int(os.environ[_PORT])
    threading.Thread(target=_drain_at_stop, args=(stop_pipe, port), daemon=True).start()
    return application


def _drain_at_stop(stop_pipe: int, port: int) -> None:
    os.read(stop_pipe, 1)
    while True:
        end_connections(port)
        time.sleep(DRAIN_EVERY_S)
