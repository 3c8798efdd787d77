"""Bjoern: a loop in C that calls the application directly, one request at a time."""

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


class ClosingApplication:
    """An application that closes connections once *is_stopping*; Bjoern would keep the busy ones open."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.is_stopping = False

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request; while stopping, the last one of its connection."""
        return self.application(environ, _closing(start_response) if self.is_stopping else start_response)


def _closing(start_response: Any) -> Any:
    def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
        return start_response(status, [*headers, ("Connection", "close")], *error)

    return start


def serve(application: Application, listening: Listening) -> None:
    """Serve until SIGTERM."""
    import bjoern

    closing, signals = ClosingApplication(application), _signals()
    threading.Thread(target=_stop_on_sigterm, args=(signals, closing, listening.port), daemon=True).start()
    bjoern.run(closing, listening.host, listening.port, reuse_port=True, listen_backlog=BACKLOG)


def _signals() -> socket.socket:
    """Return a socket on which the number of each signal arrives as a byte, whichever thread receives it.

    Blocking SIGTERM in this thread does not work: a thread of the application would receive it, and the
    process would end. Nor does a handler: it does not run until Bjoern runs some Python.
    """
    reader, writer = socket.socketpair()
    writer.settimeout(0)
    signal.set_wakeup_fd(writer.detach())
    signal.signal(signal.SIGTERM, lambda *_: None)
    return reader


def _stop_on_sigterm(signals: socket.socket, closing: ClosingApplication, port: int) -> None:
    """On SIGTERM send SIGINT, at which Bjoern stops accepting, and end the connections that it waits for."""
    while signals.recv(1) != bytes([signal.SIGTERM]):
        continue
    closing.is_stopping = True
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
