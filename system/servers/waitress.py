"""Waitress: a loop that reads and writes, and a pool of threads that call the application."""

from collections.abc import Mapping
from functools import partial
from signal import SIGTERM, signal
from typing import NoReturn

from system.servers.declaration import THREADS, DeclaredServer
from system.servers.launchers.application import Application
from system.servers.launchers.forking import Listening, forked
from system.servers.protocol import BACKLOG, GRACE_S, KEEP_ALIVE_S, Serving

CONNECTIONS = 2048


def serve(application: Application, listening: Listening) -> None:
    """Serve until SIGTERM, then let the threads finish their requests."""
    from waitress.server import create_server
    from waitress.task import ThreadedTaskDispatcher

    dispatcher = ThreadedTaskDispatcher()
    dispatcher.set_thread_count(listening.threads)
    dispatcher.shutdown = partial(dispatcher.shutdown, timeout=GRACE_S)  # its own 5 s cannot be set
    signal(SIGTERM, _leave_the_loop)
    create_server(
        application,
        _dispatcher=dispatcher,
        sockets=[listening.socket()],
        connection_limit=CONNECTIONS,
        channel_timeout=KEEP_ALIVE_S,
        backlog=BACKLOG,
    ).run()


def _leave_the_loop(*_signal: object) -> NoReturn:
    raise SystemExit(0)


def _settings(serving: Serving) -> Mapping[str, str]:
    return {
        "processes": f"{serving.processes}, forked, each with its own listening socket",
        "threads": str(serving.threads),
        "keep-alive": f"{KEEP_ALIVE_S} s",
        "backlog": str(BACKLOG),
        "connection limit": str(CONNECTIONS),
        "graceful timeout": f"{GRACE_S} s",
        "access log": "off",
    }


WAITRESS = DeclaredServer(
    name="waitress",
    distribution="waitress",
    module="waitress",
    start=partial(forked, "system.servers.waitress:serve", SIGTERM),
    configure=_settings,
    concurrency=THREADS,
    defaults={
        "processes": "1",
        "threads": "4",
        "keep-alive": "120 s",
        "backlog": "1024",
        "connection limit": "100",
        "graceful timeout": "5 s",
        "access log": "off",
    },
    limits={"request head": "262144 bytes", "request body": "1 GiB"},
)
