"""Module loaded by a daemon process of mod_wsgi; its attribute `application` is built on first access."""

import os
import signal
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path

from system.servers.launchers.application import CANNOT_SERVE, Application, build, close
from system.servers.protocol import Serving

_APP, _LAUNCHER, _FAILED = "SERVED_APP", "SERVED_LAUNCHER", "SERVED_FAILED"


def environment(serving: Serving, launcher: int, failed: Path) -> Mapping[str, str]:
    """Return the variables of a daemon process: the application, and where a failure is reported."""
    return {_APP: serving.app, _LAUNCHER: str(launcher), _FAILED: str(failed)}


def _build_or_exit() -> Application:
    try:
        return build(os.environ[_APP])
    except Exception:  # noqa: BLE001 - the reason is printed, and the server ends
        traceback.print_exc()
        Path(os.environ[_FAILED]).touch()
        os.kill(int(os.environ[_LAUNCHER]), signal.SIGTERM)
        sys.exit(CANNOT_SERVE)


def __getattr__(name: str) -> Application:
    if name != "application":
        raise AttributeError(name)
    globals()[name] = application = _build_or_exit()
    _close_at_shutdown(application)
    return application


def _close_at_shutdown(application: Application) -> None:
    """Have mod_wsgi close *application* when the process stops, which is after its last request."""
    import mod_wsgi

    mod_wsgi.subscribe_shutdown(lambda *_event, **_details: close(application))
