"""mod_wsgi: Apache accepts and parses requests, and passes them to daemon processes with several threads."""

from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from signal import SIGTERM

from system.servers.declaration import THREADS, DeclaredServer
from system.servers.launchers.command_line import command
from system.servers.protocol import BACKLOG, KEEP_ALIVE_S, STOP_S, Launch, Serving

SERVED = "system.servers.launchers.mod_wsgi_worker"
MIN_CLIENTS = 256
STARTUP_TIMEOUT_S = 60
CONFIGURATION = """\
MaxKeepAliveRequests 0
GracefulShutdownTimeout {grace_s}
ServerLimit 1
StartServers 1
ThreadLimit {clients}
ThreadsPerChild {clients}
MaxRequestWorkers {clients}
MinSpareThreads 1
MaxSpareThreads {clients}
"""


def _clients(serving: Serving) -> int:
    """Return the number of Apache's threads: one per request in flight, and as many to read and write."""
    return max(MIN_CLIENTS, 2 * serving.processes * serving.threads)


def _start(serving: Serving) -> Launch:
    return Launch(command("system.servers.launchers.mod_wsgi", serving))


def options(serving: Serving, root: Path, here: Path, included: Path) -> list[str]:
    """Return the arguments of mod_wsgi's command; *root* is for its files, imports start in *here*."""
    return [
        *("start-server", "--application-type", "module", SERVED),
        *("--host", serving.host, "--port", str(serving.port)),
        *("--processes", str(serving.processes), "--threads", str(serving.threads)),
        *("--max-clients", str(_clients(serving))),
        *("--keep-alive-timeout", str(KEEP_ALIVE_S), "--shutdown-timeout", str(STOP_S)),
        *("--server-backlog", str(BACKLOG), "--daemon-backlog", str(BACKLOG)),
        *("--startup-timeout", str(STARTUP_TIMEOUT_S), "--locale", "C.UTF-8", "--log-to-terminal"),
        *("--server-root", str(root), "--include-file", str(included)),
        *("--python-path", str(here), "--working-directory", str(here)),
    ]


def configuration(serving: Serving) -> str:
    """Return the Apache settings for which mod_wsgi's command has no option.

    All threads are in one Apache process: of several, one that has too few or surplus threads would close its
    kept-alive connections without notice.
    """
    return CONFIGURATION.format(grace_s=STOP_S, clients=_clients(serving))


def _settings(serving: Serving) -> Mapping[str, str]:
    return {
        "processes": str(serving.processes),
        "threads": str(serving.threads),
        "Apache's threads": str(_clients(serving)),
        "Apache's processes": "1",
        "keep-alive": f"{KEEP_ALIVE_S} s",
        "requests per connection": "no limit",
        "backlog": str(BACKLOG),
        "graceful timeout": f"{STOP_S} s",
        "access log": "off",
    }


def _distribution() -> str:
    """Return which package is installed: for an existing Apache, or (standalone) with its own."""
    try:
        version("mod_wsgi")
    except PackageNotFoundError:
        return "mod_wsgi-standalone"
    return "mod_wsgi"


MOD_WSGI = DeclaredServer(
    name="mod-wsgi",
    distribution=_distribution(),
    module="mod_wsgi",
    start=_start,
    configure=_settings,
    concurrency=THREADS,
    stop_signal=SIGTERM,
    defaults={
        "processes": "1",
        "threads": "5",
        "Apache's threads": "1.5 x processes x threads",
        "Apache's processes": "by need",
        "keep-alive": "2 s",
        "requests per connection": "500",
        "backlog": "500",
        "graceful timeout": "none",
        "access log": "off",
    },
    limits={"header field": "8190 bytes", "request body": "10 MiB"},
    install="make setup EXTRAS=mod-wsgi (needs a C compiler; builds Apache for some 8 minutes where none is)",
)
