"""Bjoern: one loop in C that calls the application itself, one request after the other."""

import os
import signal
import socket
import threading
import time
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from system.servers.declaration import ONE_AT_A_TIME, DeclaredServer
from system.servers.launchers.application import Application
from system.servers.launchers.draining import end_connections
from system.servers.launchers.forking import Listening, forked
from system.servers.protocol import BACKLOG, Serving

DRAIN_EVERY_S = 0.1


class Leaving:
    """An application that asks its callers to leave once the server *stops*; Bjoern would keep busy ones."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.stops = False

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request, perhaps the last one of its connection."""
        return self.application(environ, _closing(start_response) if self.stops else start_response)


def _closing(start_response: Any) -> Any:
    def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
        return start_response(status, [*headers, ("Connection", "close")], *error)

    return start


def serve(application: Application, listening: Listening) -> None:
    """Serve until SIGTERM."""
    import bjoern

    leaving, told = Leaving(application), _signals()
    threading.Thread(target=_stop_on_sigterm, args=(told, leaving, listening.port), daemon=True).start()
    bjoern.run(leaving, listening.host, listening.port, reuse_port=True, listen_backlog=BACKLOG)


def _signals() -> socket.socket:
    """Return where the number of each signal arrives as a byte from now on, whichever thread it hits.

    To block SIGTERM in this thread would not do: a thread that the application has started would take it, and
    the process would die of it. Nor would a handler: it waits until Bjoern runs some Python.
    """
    told, tell = socket.socketpair()
    tell.settimeout(0)
    signal.set_wakeup_fd(tell.detach())
    signal.signal(signal.SIGTERM, lambda *_: None)
    return told


def _stop_on_sigterm(told: socket.socket, leaving: Leaving, port: int) -> None:
    """Turn SIGTERM into SIGINT, at which Bjoern accepts no more, and end what it then waits for."""
    while told.recv(1) != bytes([signal.SIGTERM]):
        continue
    leaving.stops = True
    os.kill(os.getpid(), signal.SIGINT)
    while True:
        end_connections(port)
        time.sleep(DRAIN_EVERY_S)


def _settings(serving: Serving) -> Mapping[str, str]:
    return {
        "processes": f"{serving.processes}, forked, each with its own listening socket",
        "keep-alive": "on, without limit",
        "backlog": str(BACKLOG),
        "access log": "none",
    }


BJOERN = DeclaredServer(
    name="bjoern",
    distribution="bjoern-binary",
    module="_bjoern",
    start=partial(forked, "system.servers.bjoern:serve", signal.SIGTERM),
    configure=_settings,
    concurrency=ONE_AT_A_TIME,
    defaults={
        "processes": "1",
        "keep-alive": "on, without limit",
        "backlog": "1024",
        "access log": "none",
    },
    limits={"pipelined requests": "1; more hang the connection", "request head": "between 70 and 300 KB"},
)
