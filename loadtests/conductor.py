"""Leads one process through its loads, on Locust's events: set-up, shares, end."""

import logging
import signal
from collections.abc import Callable
from itertools import count
from typing import Any

import gevent
from locust import FastHttpUser
from locust.contrib.fasthttp import FastHttpSession
from locust.env import Environment
from locust.event import EventHook
from locust.runners import LocalRunner, MasterRunner, WorkerRunner

from loadtests.loops import closed_loop, open_loop
from loadtests.population import LoadImpossible
from loadtests.run import Run
from loadtests.settings import WrongSettings, read_settings

WRONG_USAGE, UNFIT = 2, 3
logger = logging.getLogger(__name__)


def listen(hook: EventHook, listener: Callable[..., None]) -> None:
    """Add *listener* to *hook*, which Locust leaves without types."""
    hook.add_listener(listener)  # type: ignore[no-untyped-call]


class Conductor:
    """Holds the load that this process runs, the one before it until the next starts."""

    def __init__(self, environment: Environment) -> None:
        self.run: Run | None = None
        self.exit_code = 0
        self._environment = environment
        self._shares = count()
        self._end: gevent.Greenlet | None = None

    def bind(self) -> None:
        """Listen to Locust's events, and let Ctrl-C end a load as SIGTERM does: between two requests."""
        events = self._environment.events
        listen(events.test_start, self.on_start)
        listen(events.test_stopping, self.on_stopping)
        listen(events.quitting, self.on_quitting)
        gevent.signal_handler(signal.SIGINT, lambda: signal.raise_signal(signal.SIGTERM))

    def on_start(self, **_: Any) -> None:
        """Make the users of the load that the settings describe; without them there is no load."""
        self.run, self._end, self._shares = None, None, count()
        if isinstance(self._environment.runner, MasterRunner):
            return
        try:
            run = self._open_run()
            run.set_up()
        except (LoadImpossible, WrongSettings) as error:
            self._refuse(str(error), WRONG_USAGE if isinstance(error, WrongSettings) else UNFIT)
            return
        self.run = run
        self._end = gevent.spawn(self._conclude, run)

    def share(self, session: FastHttpSession) -> None:
        """Send what falls to one Locust user: one sequence; in an open loop the first sends all."""
        run, number = self.run, next(self._shares)
        if run is None:
            return
        run.loops.add(gevent.getcurrent())
        if run.settings.load == "closed":
            closed_loop(run, session, number)
        elif number == 0:
            open_loop(run, session)

    def on_stopping(self, **_: Any) -> None:
        """End the load, if it has not ended by itself, and wait for its files."""
        if self._end and self._end is not gevent.getcurrent() and self.run:
            self.run.cut()
            self._end.join()

    def on_quitting(self, environment: Environment, **_: Any) -> None:
        """Do the same before Locust quits, and tell it the exit code."""
        self.on_stopping()
        environment.process_exit_code = self.exit_code

    def _open_run(self) -> Run:
        runner, options = self._environment.runner, self._environment.parsed_options
        assert options is not None
        settings = read_settings(options, users=options.num_users or 1)
        for user_class in self._environment.user_classes:
            if issubclass(user_class, FastHttpUser):
                user_class.network_timeout = user_class.connection_timeout = settings.timeout
        index = runner.worker_index if isinstance(runner, LocalRunner | WorkerRunner) else 0
        return Run(settings, self._environment.host or "", index, getattr(options, "worker_count", 1))

    def _refuse(self, reason: str, exit_code: int) -> None:
        logger.error("No load: %s", reason)
        self.exit_code = exit_code
        self._stop()

    def _conclude(self, run: Run) -> None:
        run.conclude()
        self._stop()

    def _stop(self) -> None:
        """Stop the runner from a greenlet that the stop does not kill; without a web page, quit."""
        runner = self._environment.runner
        assert runner is not None
        gevent.spawn(runner.stop if self._environment.web_ui else runner.quit)
