"""Meinheld: one picoev loop in C that calls the application itself, each request in a greenlet.

A handler that blocks, blocks the process; one that waits in meinheld's own way lets others run meanwhile.
That takes a build with a repair (`system.setup.meinheld_source`): as it comes, a switch reads memory as a
greenlet of 2020 had laid it out. Not repaired: `server.sleep`, and continuations of spawned greenlets.
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
"""The highest descriptor it watches, and so its bound on connections."""
INSTALL = "make setup EXTRAS=meinheld (needs a C compiler)"
STOP = SIGUSR1
"""Meinheld takes SIGTERM for itself, and ends its loop a second later, whoever waits then."""
GREENLETS = 500
"""Requests that a process was seen to hold; it takes more, as long as it has two descriptors for each."""
BLOCKING = Concurrency("processes (blocking)", lambda _threads: 1)
COOPERATING = Concurrency(f"processes x {GREENLETS} greenlets (cooperative)", lambda _threads: GREENLETS)
DEFAULTS = {
    "processes": "1",
    "waiting": "cooperative",
    "keep-alive": "off",
    "backlog": "4096",
    "access log": "on",
}
BUILD = "+greenlet"
"""What `make setup` lets the version of the repaired build end in."""
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
    _allow_descriptors()
    asked, rings = os.pipe()
    os.set_blocking(rings, False)
    signal.set_wakeup_fd(rings, warn_on_full_buffer=False)
    signal.signal(STOP, lambda *_: None)
    start_thread(partial(_stop_when_asked, asked, listening.port), "stop")
    serve(application, listening)


def _allow_descriptors() -> None:
    """Let this process open as many as meinheld can watch, where the system lets it."""
    now, at_most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(now, min(MAX_FD, at_most)), at_most))


def _stop_when_asked(asked: int, port: int) -> None:
    """Accept no more once *asked*, and end the connections: each second anew, as one may just be accepted."""
    from meinheld import server

    os.read(asked, 1)
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
    limits=LIMITS | {"descriptors": f"{MAX_FD} a process, two for each request that waits"},
    build=BUILD,
)
