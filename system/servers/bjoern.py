"""Bjoern: one loop in C that calls the application itself, one request after the other."""

import os
import signal
import threading
import time
from collections.abc import Mapping
from functools import partial

from system.servers.building import Application
from system.servers.declaration import ONE_AT_A_TIME, DeclaredServer
from system.servers.draining import end_connections
from system.servers.forking import Listening, forked
from system.servers.protocol import BACKLOG, Serving

DRAIN_EVERY_S = 0.1


def serve(application: Application, listening: Listening) -> None:
    """Serve until SIGTERM."""
    import bjoern

    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    threading.Thread(target=_stop_on_sigterm, args=(listening.port,), daemon=True).start()
    bjoern.run(application, listening.host, listening.port, reuse_port=True, listen_backlog=BACKLOG)


def _stop_on_sigterm(port: int) -> None:
    """Turn SIGTERM into SIGINT, at which Bjoern accepts no more, and end what it then waits for."""
    signal.sigwait({signal.SIGTERM})
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
