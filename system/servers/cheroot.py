"""Cheroot, the server of CherryPy: a selector that passes readable connections to a pool of threads."""

from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from signal import SIGTERM, signal
from typing import NoReturn

from system.servers.declaration import THREADS, DeclaredServer
from system.servers.launchers.application import Application
from system.servers.launchers.forking import Listening, forked
from system.servers.protocol import BACKLOG, GRACE_S, KEEP_ALIVE_S, Serving


def serve(application: Application, listening: Listening) -> None:
    """Serve until SIGTERM, then let the threads finish their requests."""
    from cheroot.wsgi import Server

    server = Server(
        (listening.host, listening.port),
        application,
        numthreads=listening.threads,
        request_queue_size=BACKLOG,
        timeout=KEEP_ALIVE_S,
        shutdown_timeout=GRACE_S,
        reuse_port=True,
    )
    server.keep_alive_conn_limit = None
    signal(SIGTERM, _interrupt)
    with suppress(KeyboardInterrupt):
        server.safe_start()


def _interrupt(*_signal: object) -> NoReturn:
    raise KeyboardInterrupt


def _settings(serving: Serving) -> Mapping[str, str]:
    return {
        "processes": f"{serving.processes}, forked, each with its own listening socket",
        "threads": str(serving.threads),
        "keep-alive": f"{KEEP_ALIVE_S} s",
        "kept-alive connections": "no limit",
        "backlog": str(BACKLOG),
        "graceful timeout": f"{GRACE_S} s",
        "access log": "off",
    }


CHEROOT = DeclaredServer(
    name="cheroot",
    distribution="cheroot",
    module="cheroot",
    start=partial(forked, "system.servers.cheroot:serve", SIGTERM),
    configure=_settings,
    concurrency=THREADS,
    defaults={
        "processes": "1",
        "threads": "10",
        "keep-alive": "10 s",
        "kept-alive connections": "10",
        "backlog": "5",
        "graceful timeout": "5 s",
        "access log": "off",
    },
    limits={"request head": "none", "request body": "none"},
)
