"""Runs Granian so that a worker that cannot build its application ends it, while a killed one is replaced.

Granian's own command knows one answer to both: respawn, or end.
"""

import argparse
import multiprocessing
import os
import signal
import sys
import traceback
from multiprocessing.synchronize import Event

from granian.constants import HTTPModes, Interfaces
from granian.server import Server as Granian

from system.servers.building import CANNOT_SERVE, Application, build
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


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m system.servers.granian_launcher")
    parser.add_argument("app")
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--processes", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    return parser.parse_args()


def main() -> None:
    """Serve until a signal comes or a worker cannot be built."""
    arguments = _arguments()
    failed = multiprocessing.get_context("fork").Event()
    server = Granian(
        arguments.app,
        address=arguments.host,
        port=arguments.port,
        interface=Interfaces.WSGI,
        workers=arguments.processes,
        blocking_threads=arguments.threads,
        backlog=BACKLOG,
        backpressure=BACKLOG,
        http=HTTPModes.http1,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=GRACE_S,
    )
    server.serve(target_loader=lambda: _build_or_end(arguments.app, failed), wrap_loader=False)
    if failed.is_set():
        sys.exit(CANNOT_SERVE)


if __name__ == "__main__":
    main()
