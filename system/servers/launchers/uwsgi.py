"""Launcher of uWSGI: a stop also ends its idle connections, for which its threads would wait.

uWSGI loads `open_app` of this module in each worker. The workers read from a pipe of the launcher; its end
means that the server stops.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Mapping
from functools import partial

from system.servers.launchers import command_line
from system.servers.launchers.application import Application, build, close
from system.servers.launchers.draining import end_connections
from system.servers.launchers.forking import run
from system.servers.protocol import Serving
from system.servers.uwsgi import options

DRAIN_EVERY_S = 0.1
_APP, _PORT, _STOP_PIPE = "SERVED_APP", "SERVED_PORT", "SERVED_STOP_PIPE"


def main() -> None:
    """Serve until a signal comes or a worker cannot be built."""
    serving = command_line.serving(command_line.parser("system.servers.launchers.uwsgi").parse_args())
    reader, writer = os.pipe()
    os.set_inheritable(reader, True)  # noqa: FBT003 - its one argument
    uwsgi = [sys.executable, "-c", "import pyuwsgi; pyuwsgi.run()", *options(serving)]

    def become_uwsgi() -> None:
        os.execve(uwsgi[0], uwsgi, os.environ | _variables(serving, reader))

    sys.exit(run(become_uwsgi, 1, signal.SIGTERM, at_stop=lambda: os.close(writer)))


def _variables(serving: Serving, stop_pipe: int) -> Mapping[str, str]:
    return {_APP: serving.app, _PORT: str(serving.port), _STOP_PIPE: str(stop_pipe)}


def open_app() -> Application:
    """Build the application in the worker that serves it."""
    import uwsgi

    application = build(os.environ[_APP])
    uwsgi.atexit = partial(close, application)
    stop_pipe, port = int(os.environ[_STOP_PIPE]), int(os.environ[_PORT])
    threading.Thread(target=_drain_at_stop, args=(stop_pipe, port), daemon=True).start()
    return application


def _drain_at_stop(stop_pipe: int, port: int) -> None:
    os.read(stop_pipe, 1)
    while True:
        end_connections(port)
        time.sleep(DRAIN_EVERY_S)


if __name__ == "__main__":
    main()
