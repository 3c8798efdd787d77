"""Gunicorn's meinheld worker, kept from taking over the log of the whole of Gunicorn.

As it comes it replaces two methods of Gunicorn's logger in the master too, which then ends with a TypeError
as soon as it has an error to log, such as a killed worker.
"""

from types import TracebackType
from typing import Any

from gunicorn.glogging import Logger
from meinheld import gmeinheld, server

from system.servers.protocol import BACKLOG


class _Errors:
    """Passes meinheld's errors on to Gunicorn's log."""

    def __init__(self, log: Logger) -> None:
        self._log = log

    def error(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Log an exception that the application let out."""
        self._log.error("Error handling request", exc_info=(kind, error, trace))


class MeinheldWorker(gmeinheld.MeinheldWorker):  # type: ignore[misc]  # meinheld has no annotations
    """Serves one request at a time in meinheld's loop."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        access, error = Logger.access, Logger.error
        super().__init__(*args, **kwargs)
        Logger.access, Logger.error = access, error
        server.set_error_logger(_Errors(self.log))
        server.set_backlog(BACKLOG)
