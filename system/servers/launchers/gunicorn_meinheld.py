"""Gunicorn's meinheld worker, without its changes to Gunicorn's logger.

The original replaces two methods of the logger, also in the master, which then ends with a TypeError at the
first error that it logs, such as a killed worker.
"""

from types import TracebackType
from typing import Any

from gunicorn.glogging import Logger
from meinheld import gmeinheld, server

from system.servers.protocol import BACKLOG


class _ErrorLogger:
    """meinheld's error logger, which writes to Gunicorn's log."""

    def __init__(self, log: Logger) -> None:
        self._log = log

    def error(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Log an exception that the application raised."""
        self._log.error("Error handling request", exc_info=(kind, error, trace))


class MeinheldWorker(gmeinheld.MeinheldWorker):  # type: ignore[misc]  # meinheld has no annotations
    """A worker that serves one request at a time in meinheld's loop."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        access, error = Logger.access, Logger.error
        super().__init__(*args, **kwargs)
        Logger.access, Logger.error = access, error
        server.set_error_logger(_ErrorLogger(self.log))
        server.set_backlog(BACKLOG)
