"""What a uWSGI worker loads: the application, and a thread that ends idle connections at the stop."""

import os
import threading
import time
from collections.abc import Mapping

from system.servers.launchers.application import Application, build
from system.servers.launchers.draining import end_connections
from system.servers.protocol import Serving

DRAIN_EVERY_S = 0.1
_APP, _PORT, _TOLD = "SERVED_APP", "SERVED_PORT", "SERVED_STOP_PIPE"


def environment(serving: Serving, told: int) -> Mapping[str, str]:
    """Return what `open_app` reads; *told* is a pipe that shows the stop by its end."""
    return {_APP: serving.app, _PORT: str(serving.port), _TOLD: str(told)}


def open_app() -> Application:
    """Build the application in the worker that serves it."""
    application = build(os.environ[_APP])
    told, port = int(os.environ[_TOLD]), int(os.environ[_PORT])
    threading.Thread(target=_drain_when_told, args=(told, port), daemon=True).start()
    return application


def _drain_when_told(told: int, port: int) -> None:
    os.read(told, 1)
    while True:
        end_connections(port)
        time.sleep(DRAIN_EVERY_S)
