"""Launcher of Granian: a worker that cannot build its application ends the server, a killed one is replaced.

Granian's command does the same in both cases: it respawns the worker or ends. Its workers end without the
functions that `atexit` registered; here each closes its application.
"""

import multiprocessing
import os
import signal
import sys
import traceback
from functools import partial
from multiprocessing.synchronize import Event
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.server import Server as Granian

from system.servers.launchers import command_line
from system.servers.launchers.application import CANNOT_SERVE, Application, build, close
from system.servers.protocol import BACKLOG, STOP_S


def _build_or_exit(app: str, failed: Event) -> Application:
    """Build *app* in a worker; if that fails, print the reason and have the parent stop all workers."""
    try:
        return build(app)
    except Exception:  # noqa: BLE001 - the reason is printed, and the server ends
        traceback.print_exc()
        failed.set()
        os.kill(os.getppid(), signal.SIGTERM)
        sys.exit(CANNOT_SERVE)


def _serve(app: str, failed: Event, worker: int, name: str | None, _loader: object, *settings: Any) -> None:
    """Serve in a worker until its stop signal, as Granian's own main function, then close the application."""
    built: list[Application] = []

    def load() -> Application:
        built.append(_build_or_exit(app, failed))
        return built[0]

    try:
        Granian._spawn_wsgi_worker(worker, name, load, *settings)
    finally:
        for application in built:
            close(application)


def main() -> None:
    """Serve until a signal comes or a worker cannot be built."""
    serving = command_line.serving(command_line.parser("system.servers.launchers.granian").parse_args())
    failed = multiprocessing.get_context("fork").Event()
    server = Granian(
        serving.app,
        address=serving.host,
        port=serving.port,
        interface=Interfaces.WSGI,
        workers=serving.processes,
        blocking_threads=serving.threads,
        backlog=BACKLOG,
        backpressure=BACKLOG,
        http=HTTPModes.http1,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_S,
    )
    server.serve(spawn_target=partial(_serve, serving.app, failed))
    if failed.is_set():
        sys.exit(CANNOT_SERVE)


if __name__ == "__main__":
    main()
