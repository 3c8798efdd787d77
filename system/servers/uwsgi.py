"""uWSGI: a master in C that forks workers with several threads; HTTP/1.1 without its router."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from system.servers.declaration import THREADS, DeclaredServer
from system.servers.launchers.command_line import command
from system.servers.protocol import BACKLOG, KEEP_ALIVE_S, STOP_S, Launch, Serving

APP = "system.servers.launchers.uwsgi:open_app"
HEAD_BYTES = 32768
SOMAXCONN = Path("/proc/sys/net/core/somaxconn")


def _backlog() -> int:
    """Return the backlog, not above the kernel's limit: otherwise uWSGI would not start."""
    return min(BACKLOG, int(SOMAXCONN.read_text())) if SOMAXCONN.exists() else 100


def _start(serving: Serving) -> Launch:
    return Launch(command("system.servers.launchers.uwsgi", serving))


def options(serving: Serving) -> Sequence[str]:
    """Return uWSGI's options; the stop hook lets requests finish, --die-on-term would not."""
    return (
        *("--http11-socket", f"{serving.host}:{serving.port}", "--module", f"{APP}()"),
        *("--master", "--lazy-apps", "--need-app", "--enable-threads", "--single-interpreter"),
        *("--processes", str(serving.processes), "--threads", str(serving.threads)),
        *(
            "--buffer-size",
            str(HEAD_BYTES),
            "--listen",
            str(_backlog()),
            "--socket-timeout",
            str(KEEP_ALIVE_S),
        ),
        *("--disable-logging", "--no-orphans", "--worker-reload-mercy", str(STOP_S)),
        *("--hook-master-start", "unix_signal:15 gracefully_kill_them_all"),
    )


def _settings(serving: Serving) -> Mapping[str, str]:
    return {
        "processes": str(serving.processes),
        "threads": str(serving.threads),
        "socket": "http11-socket",
        "keep-alive": f"{KEEP_ALIVE_S} s",
        "backlog": str(_backlog()),
        "buffer size": f"{HEAD_BYTES} bytes",
        "graceful timeout": f"{STOP_S} s",
        "request log": "off",
    }


UWSGI = DeclaredServer(
    name="uwsgi",
    distribution="pyuwsgi",
    module="pyuwsgi",
    start=_start,
    configure=_settings,
    concurrency=THREADS,
    defaults={
        "processes": "1",
        "threads": "1",
        "socket": "none",
        "keep-alive": "4 s",
        "backlog": "100",
        "buffer size": "4096 bytes",
        "graceful timeout": "60 s",
        "request log": "on",
    },
    limits={
        "request head": f"{HEAD_BYTES} bytes",
        "pipelined requests": "1",
        "kept-alive connections": "one per thread",
        "request body": "needs Content-Length",
        "streamed reply": "needs Content-Length",
    },
)
