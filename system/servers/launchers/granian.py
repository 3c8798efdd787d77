"""Runs Granian so that a worker that cannot build its application ends it, while a killed one is replaced.

Granian's own command knows one answer to both: respawn, or end.
"""

import multiprocessing
import os
import signal
import sys
import traceback
from multiprocessing.synchronize import Event

from granian.constants import HTTPModes, Interfaces
from granian.server import Server as Granian

from system.servers.launchers import command_line
from system.servers.launchers.application import CANNOT_SERVE, Application, build
from system.servers.protocol import BACKLOG, GRACE_S


def _build_or_end(app: str, failed: Event) -> Application:
    """Build *app* in a worker; where that fails, say why and have the parent stop every worker."""
    try:
        return build(app)
    except Exception:  # noqa: BLE001 - whatever it was, it is told, and the server ends
        traceback.print_exc()
        failed.set()
        os.kill(os.getppid(), signal.SIGTERM)
        sys.exit(CANNOT_SERVE)


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
        workers_kill_timeout=GRACE_S,
    )
    server.serve(target_loader=lambda: _build_or_end(serving.app, failed), wrap_loader=False)
    if failed.is_set():
        sys.exit(CANNOT_SERVE)


if __name__ == "__main__":
    main()
