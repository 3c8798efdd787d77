"""Meinheld: one picoev loop in C that calls the application itself, one request after the other.

Built with MEINHELD_NOGREEN=1: with a greenlet that this Python can compile, its switches read freed memory.
Repaired for it, they work, but a stop under load loses answers: see `docs/adding-a-part.md`.
"""

from collections.abc import Mapping
from functools import partial
from signal import SIGTERM

from system.servers.building import Application
from system.servers.declaration import ONE_AT_A_TIME, DeclaredServer
from system.servers.forking import Listening, forked
from system.servers.protocol import BACKLOG, KEEP_ALIVE_S, Serving

MAX_FD = 4096
"""The highest descriptor it watches, and so its bound on connections."""
INSTALL = "make setup EXTRAS=meinheld (needs a C compiler)"
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


def _settings(serving: Serving) -> Mapping[str, str]:
    return {
        "processes": f"{serving.processes}, forked, each with its own listening socket",
        "waiting": "blocking",
        "keep-alive": f"{KEEP_ALIVE_S} s",
        "backlog": str(BACKLOG),
        "access log": "off",
    }


MEINHELD = DeclaredServer(
    name="meinheld",
    distribution="meinheld",
    module="meinheld",
    start=partial(forked, "system.servers.meinheld:serve", SIGTERM),
    configure=_settings,
    concurrency=ONE_AT_A_TIME,
    defaults={
        "processes": "1",
        "waiting": "cooperative",
        "keep-alive": "off",
        "backlog": "4096",
        "access log": "on",
    },
    limits=LIMITS,
    install=INSTALL,
)
