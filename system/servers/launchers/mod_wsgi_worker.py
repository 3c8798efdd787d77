"""What a daemon process of mod_wsgi loads: its application is built on demand of this module's attribute."""

import os
import signal
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path

from system.servers.launchers.application import CANNOT_SERVE, Application, build
from system.servers.protocol import Serving

_APP, _LAUNCHER, _FAILED = "SERVED_APP", "SERVED_LAUNCHER", "SERVED_FAILED"


def environment(serving: Serving, launcher: int, failed: Path) -> Mapping[str, str]:
    """Return what a daemon process reads: the application, and whom to tell that it could not be built."""
    return {_APP: serving.app, _LAUNCHER: str(launcher), _FAILED: str(failed)}


def _build_or_end() -> Application:
    try:
        return build(os.environ[_APP])
    except Exception:  # noqa: BLE001 - whatever it was, it is told, and the server ends
        traceback.print_exc()
        Path(os.environ[_FAILED]).touch()
        os.kill(int(os.environ[_LAUNCHER]), signal.SIGTERM)
        sys.exit(CANNOT_SERVE)


def __getattr__(name: str) -> Application:
    if name != "application":
        raise AttributeError(name)
    globals()[name] = application = _build_or_end()
    return application
