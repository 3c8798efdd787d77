"""Configuration of Gunicorn: functions that it calls in a worker after its start and before its end."""

from typing import Any

from system.servers.launchers.application import close
from system.servers.protocol import GRACE_S


def post_fork(_server: Any, worker: Any) -> None:
    """Have *worker* wait for requests in flight for the grace period, its master until the end of `close`."""
    worker.cfg.set("graceful_timeout", GRACE_S)


def worker_exit(_server: Any, worker: Any) -> None:
    """Close the application in *worker*; the master calls this too, with a worker that never had one."""
    close(getattr(worker, "wsgi", None))
