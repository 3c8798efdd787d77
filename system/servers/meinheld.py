"""Meinheld: a picoev loop in C that calls the application directly, each request in a greenlet.

A handler that blocks, blocks the process; one that waits by meinheld's means lets other requests run. That
needs a repaired build (`system.setup.meinheld_source`): the released one expects the memory layout of a
greenlet of 2020. Not repaired are `server.sleep` and continuations of spawned greenlets.
"""

import os
import resource
import signal
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from signal import SIGTERM, SIGUSR1

from system.concurrency import pause, start_thread
from system.servers.declaration import Concurrency, DeclaredServer
from system.servers.launchers.application import Application
from system.servers.launchers.draining import end_connections
from system.servers.launchers.forking import Listening, forked
from system.servers.protocol import BACKLOG, GRACE_S, KEEP_ALIVE_S, Serving

MAX_FD = 4096
"""The highest descriptor that it watches, which limits its connections."""
INSTALL = "make setup EXTRAS=meinheld (needs a C compiler)"
STOP = SIGUSR1
"""Not SIGTERM, at which meinheld ends its loop a second later, even if requests wait."""
GREENLETS = 500
"""Requests in flight that were measured in a process; more are possible, with two descriptors per request."""
BLOCKING = Concurrency("processes (blocking)", lambda _threads: 1)
COOPERATING = Concurrency(f"processes x {GREENLETS} greenlets (cooperative)", lambda _threads: GREENLETS)
DEFAULTS = {
    "processes": "1",
    "waiting": "cooperative",
    "keep-alive": "off",
    "backlog": "4096",
    "access log": "on",
}
BUILD = "+greenlet.2"
"""The end of the version of the repaired build that `make setup` makes."""
LIMITS = {"header field": "8 KB", "path": "8 KB", "header fields": "128", "request body": "16 MiB"}


def serve(application: Application, listening: Listening) -> None:
    """Serve until SIGTERM."""
    from meinheld import server

    listener = listening.socket()
    server.set_keepalive(KEEP_ALIVE_S)
    server.set_access_logger(None)
    server.set_picoev_max_fd(MAX_FD)
    server.set_backlog(BACKLOG)
    server.set_listen_socket([listener.fileno()])
    server.run(application)


def serve_greenlets(application: Application, listening: Listening) -> None:
    """Serve until `STOP`, and then until the requests in flight are answered."""
    _raise_descriptor_limit()
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    signal.signal(STOP, lambda *_: None)
    start_thread(partial(_stop_on_signal, reader, listening.port), "stop")
    serve(application, listening)


def _raise_descriptor_limit() -> None:
    """Raise the soft limit of open files to what meinheld can watch, or to the hard limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(MAX_FD, hard)), hard))


def _stop_on_signal(signals: int, port: int) -> None:
    """Wait for a signal, stop accepting, and end the connections every second: some may just be accepted."""
    from meinheld import server

    os.read(signals, 1)
    server.stop(GRACE_S)
    for _ in range(GRACE_S):
        end_connections(port)
        pause(1)


def _settings(waiting: str, serving: Serving) -> Mapping[str, str]:
    return {
        "processes": f"{serving.processes}, forked, each with its own listening socket",
        "waiting": waiting,
        "keep-alive": f"{KEEP_ALIVE_S} s",
        "backlog": str(BACKLOG),
        "access log": "off",
    }


MEINHELD = DeclaredServer(
    name="meinheld",
    distribution="meinheld",
    module="meinheld",
    start=partial(forked, "system.servers.meinheld:serve", SIGTERM),
    configure=partial(_settings, "blocking"),
    concurrency=BLOCKING,
    defaults=DEFAULTS,
    limits=LIMITS,
    install=INSTALL,
)

COOPERATIVE = replace(
    MEINHELD,
    name="meinheld-cooperative",
    start=partial(forked, "system.servers.meinheld:serve_greenlets", STOP),
    configure=partial(_settings, "cooperative"),
    concurrency=COOPERATING,
    waiting="meinheld",
    limits=LIMITS | {"descriptors": f"{MAX_FD} per process, two per request that waits"},
    build=BUILD,
)
