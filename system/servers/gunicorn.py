"""Gunicorn: a master that forks workers, of its sync, gthread, gevent and meinheld classes."""

import sys
from collections.abc import Mapping

from system.servers import meinheld
from system.servers.declaration import ONE_AT_A_TIME, THREADS, Concurrency, DeclaredServer
from system.servers.protocol import BACKLOG, GRACE_S, KEEP_ALIVE_S, STOP_S, Launch, Serving

CONNECTIONS = 2048
"""Connections that a gthread worker keeps open, idle ones included."""

GREENLETS = 1000
"""Connections that a gevent worker serves at once: Gunicorn's default of worker_connections."""

HOOKS = "python:system.servers.launchers.gunicorn_hooks"
"""Gunicorn's configuration: functions that it calls in its workers."""

LIMITS = {"request line": "4094 bytes", "header field": "8190 bytes", "header fields": "100"}
DEFAULTS = {
    "workers": "1",
    "keep-alive": "2 s",
    "backlog": "2048",
    "graceful timeout": "30 s",
    "worker timeout": "30 s",
    "access log": "off",
}


def _command(serving: Serving, *kind: str) -> Launch:
    command = (
        *(sys.executable, "-m", "gunicorn", *kind),
        *("--workers", str(serving.processes), "--bind", f"{serving.host}:{serving.port}"),
        *("--keep-alive", str(KEEP_ALIVE_S), "--backlog", str(BACKLOG)),
        *("--config", HOOKS, "--graceful-timeout", str(STOP_S), "--no-control-socket"),
        f"{serving.app}()",
    )
    return Launch(command)


def _settings(serving: Serving, keep_alive: str, **kind: str) -> Mapping[str, str]:
    return {
        "workers": str(serving.processes),
        "keep-alive": keep_alive,
        "backlog": str(BACKLOG),
        "graceful timeout": f"{GRACE_S} s",
        "worker timeout": "30 s",
        "access log": "off",
        **{key.replace("_", " "): value for key, value in kind.items()},
    }


def _sync(serving: Serving) -> Launch:
    return _command(serving, "--worker-class", "sync")


def _sync_settings(serving: Serving) -> Mapping[str, str]:
    return _settings(serving, keep_alive="not offered")


def _gthread(serving: Serving) -> Launch:
    kind = ("--threads", str(serving.threads), "--worker-connections", str(serving.threads + CONNECTIONS))
    return _command(serving, "--worker-class", "gthread", *kind)


def _gthread_settings(serving: Serving) -> Mapping[str, str]:
    connections = str(serving.threads + CONNECTIONS)
    kind = {"threads": str(serving.threads), "worker connections": connections}
    return _settings(serving, keep_alive=f"{KEEP_ALIVE_S} s", **kind)


SYNC = DeclaredServer(
    name="gunicorn-sync",
    distribution="gunicorn",
    module="gunicorn",
    start=_sync,
    configure=_sync_settings,
    concurrency=ONE_AT_A_TIME,
    keep_alive=False,
    defaults=DEFAULTS | {"keep-alive": "not offered"},
    limits=LIMITS,
)

GTHREAD = DeclaredServer(
    name="gunicorn-gthread",
    distribution="gunicorn",
    module="gunicorn",
    start=_gthread,
    configure=_gthread_settings,
    concurrency=THREADS,
    defaults=DEFAULTS | {"threads": "1", "worker connections": "1000"},
    limits=LIMITS,
)


def _greenlets(threads: int) -> int:
    return max(GREENLETS, threads)


def _gevent(serving: Serving) -> Launch:
    worker = "system.servers.launchers.gunicorn_gevent.DrainingWorker"
    return _command(
        serving, "--worker-class", worker, "--worker-connections", str(_greenlets(serving.threads))
    )


def _gevent_settings(serving: Serving) -> Mapping[str, str]:
    kind = {"worker connections": str(_greenlets(serving.threads))}
    return _settings(serving, keep_alive=f"{KEEP_ALIVE_S} s", **kind)


def _meinheld(serving: Serving) -> Launch:
    worker = "system.servers.launchers.gunicorn_meinheld.MeinheldWorker"
    return _command(serving, "--worker-class", worker, "--worker-connections", str(CONNECTIONS))


def _meinheld_settings(serving: Serving) -> Mapping[str, str]:
    kind = {"worker connections": str(CONNECTIONS), "waiting": "blocking"}
    return _settings(serving, keep_alive=f"{KEEP_ALIVE_S} s", **kind)


GEVENT = DeclaredServer(
    name="gunicorn-gevent",
    distribution="gunicorn",
    module="gevent",
    start=_gevent,
    configure=_gevent_settings,
    concurrency=Concurrency(f"processes x {GREENLETS} greenlets (threads, where those are more)", _greenlets),
    waiting="gevent",
    defaults=DEFAULTS | {"worker connections": "1000"},
    limits=LIMITS | {"connections": f"{GREENLETS} per process"},
)

MEINHELD = DeclaredServer(
    name="gunicorn-meinheld",
    distribution="meinheld",
    module="meinheld",
    start=_meinheld,
    configure=_meinheld_settings,
    concurrency=meinheld.BLOCKING,
    defaults=DEFAULTS | {"worker connections": "1000", "waiting": "cooperative"},
    limits=meinheld.LIMITS,
    install=meinheld.INSTALL,
)
