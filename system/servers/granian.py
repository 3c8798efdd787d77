"""Granian: an HTTP server in Rust; its worker processes call the application in a pool of threads."""

from collections.abc import Mapping

from system.servers.declaration import THREADS, DeclaredServer
from system.servers.launchers.command_line import command
from system.servers.protocol import BACKLOG, STOP_S, Launch, Serving


def _start(serving: Serving) -> Launch:
    return Launch(command("system.servers.launchers.granian", serving))


def _settings(serving: Serving) -> Mapping[str, str]:
    return {
        "workers": str(serving.processes),
        "blocking threads": str(serving.threads),
        "keep-alive": "on, without limit",
        "backlog": str(BACKLOG),
        "backpressure": str(BACKLOG),
        "HTTP": "1.1 only",
        "kill timeout": f"{STOP_S} s",
        "failed workers": "respawned",
        "access log": "off",
    }


GRANIAN = DeclaredServer(
    name="granian",
    distribution="granian",
    module="granian",
    start=_start,
    configure=_settings,
    concurrency=THREADS,
    defaults={
        "workers": "1",
        "blocking threads": "half of the backpressure",
        "keep-alive": "on, without limit",
        "backlog": "1024",
        "backpressure": "backlog / workers",
        "HTTP": "1.1 and 2",
        "kill timeout": "none",
        "failed workers": "end the server",
        "access log": "off",
    },
    limits={"request head": "417792 bytes"},
)
