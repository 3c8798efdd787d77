"""Bjoern: one loop in C that calls the application itself, one request after the other."""

from collections.abc import Mapping
from functools import partial
from signal import SIGINT

from system.servers.building import Application
from system.servers.declaration import ONE_AT_A_TIME, DeclaredServer
from system.servers.forking import Listening, forked
from system.servers.protocol import BACKLOG, Serving


def serve(application: Application, listening: Listening) -> None:
    """Serve until SIGINT, the one signal at which it finishes its request first."""
    import bjoern

    bjoern.run(application, listening.host, listening.port, reuse_port=True, listen_backlog=BACKLOG)


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
    start=partial(forked, "system.servers.bjoern:serve", SIGINT),
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
