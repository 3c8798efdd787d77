"""FastPySGI: a libuv loop in C that calls the application directly, one request at a time."""

from collections.abc import Mapping
from functools import partial
from signal import SIGINT

from system.servers.declaration import ONE_AT_A_TIME, DeclaredServer
from system.servers.launchers.application import Application
from system.servers.launchers.forking import Listening, forked
from system.servers.protocol import BACKLOG, KEEP_ALIVE_S, Serving


def serve(application: Application, listening: Listening) -> None:
    """Serve until SIGINT, the only signal after which it finishes its request."""
    import fastpysgi

    fastpysgi.server.tcp_nodelay = 1
    fastpysgi.server.backlog = BACKLOG
    fastpysgi.server.next_req_timeout = KEEP_ALIVE_S * 1000
    fastpysgi.run(application, listening.host, listening.port)


def _settings(serving: Serving) -> Mapping[str, str]:
    return {
        "processes": f"{serving.processes}, forked, each with its own listening socket",
        "keep-alive": f"{KEEP_ALIVE_S} s",
        "backlog": str(BACKLOG),
        "TCP_NODELAY": "on",
        "access log": "none",
    }


FASTPYSGI = DeclaredServer(
    name="fastpysgi",
    distribution="fastpysgi",
    module="fastpysgi",
    start=partial(forked, "system.servers.fastpysgi:serve", SIGINT),
    configure=_settings,
    concurrency=ONE_AT_A_TIME,
    defaults={
        "processes": "1",
        "keep-alive": "on, without limit",
        "backlog": "2048",
        "TCP_NODELAY": "off",
        "access log": "none",
    },
    limits={
        "request body": "10000000 bytes",
        "request head": "under 70 KB",
        "header fields": "200",
        "escapes in the path": "UTF-8 without control characters; others get a 400 without a body",
    },
)
