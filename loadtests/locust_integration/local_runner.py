"""Leads a process through its loads, on Locust's events: set-up, shares, end."""

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
from locust.runners import LocalRunner, WorkerRunner

from loadtests.generator.load import LoadRun
from loadtests.generator.loops import closed_loop, open_loop
from loadtests.generator.settings import WrongSettings, read_settings
from loadtests.generator.users import LoadImpossible
from loadtests.locust_integration import worker_messages
from loadtests.locust_integration.cpu_meter import metered
from loadtests.locust_integration.live_stats import LiveStats, durations
from loadtests.locust_integration.web_ui import add_tabs
from loadtests.measurement.window import Counts

WRONG_USAGE, UNFIT = 2, 3
PAGE_POLLS_S = 5.0
"""How long the page goes on polling after a load's end, so that it gets the ledger: two polls and some."""
logger = logging.getLogger(__name__)


def listen(hook: EventHook, listener: Callable[..., None]) -> None:
    """Add *listener* to *hook*, which Locust leaves without types."""
    hook.add_listener(listener)  # type: ignore[no-untyped-call]


def end_between_requests() -> None:
    """Let Ctrl-C end a load as SIGTERM does; as an exception it would end whatever greenlet runs."""
    gevent.signal_handler(signal.SIGINT, lambda: signal.raise_signal(signal.SIGTERM))


class LocalLoad:
    """Holds the load that this process makes; the last one until the next starts."""

    def __init__(self, environment: Environment) -> None:
        self.run: LoadRun | None = None
        self.exit_code = 0
        self.board = LiveStats()
        self._environment = environment
        self._shares = count()
        self._told = 0
        self._end: gevent.Greenlet | None = None

    def bind(self) -> None:
        """Listen to Locust's events."""
        end_between_requests()
        events, runner = self._environment.events, self._environment.runner
        listen(events.test_start, self.on_start)
        listen(events.test_stopping, self.on_stopping)
        listen(events.quitting, self.on_quitting)
        if isinstance(runner, WorkerRunner):
            listen(events.report_to_master, self.on_report)
            worker_messages.hear_master(runner, self._cut)
        if self._environment.web_ui:
            add_tabs(self._environment.web_ui, self._refreshed, metered(self._environment))

    def on_start(self, **_: Any) -> None:
        """Make the users of the load that the settings describe; without them there is no load."""
        self.run, self._end, self._shares, self._told, self.board = None, None, count(), 0, LiveStats()
        try:
            self.run = self._open_run()
            self.run.set_up()
        except (LoadImpossible, WrongSettings) as error:
            self.run = None
            self._refuse(str(error), WRONG_USAGE if isinstance(error, WrongSettings) else UNFIT)
            return
        self._end = gevent.spawn(self._conclude, self.run)

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

    def on_report(self, data: dict[str, Any], **_: Any) -> None:
        """Add the durations since the last report to what this worker sends its master."""
        data[worker_messages.SPANS] = self._untold_spans()

    def on_stopping(self, **_: Any) -> None:
        """End the load, if it has not ended by itself, and wait for its files."""
        if self.run and self._end is not gevent.getcurrent():
            self._cut()
            if self._end is None:
                self._end = gevent.spawn(self._conclude, self.run)
            self._end.join()

    def on_quitting(self, environment: Environment, **_: Any) -> None:
        """Do the same before Locust quits, and tell it the exit code."""
        self.on_stopping()
        environment.process_exit_code = self.exit_code

    def _open_run(self) -> LoadRun:
        runner, options = self._environment.runner, self._environment.parsed_options
        assert options is not None
        users = getattr(options, "load_users", None) or options.num_users or 1
        settings = read_settings(options, users)
        for user_class in self._environment.user_classes:
            if issubclass(user_class, FastHttpUser):
                user_class.network_timeout = user_class.connection_timeout = settings.timeout
        index = runner.worker_index if isinstance(runner, LocalRunner | WorkerRunner) else 0
        return LoadRun(settings, self._environment.host or "", index, getattr(options, "worker_count", 1))

    def _cut(self) -> None:
        if self.run:
            self.run.cut()

    def _conclude(self, run: LoadRun) -> None:
        load, ledger = run.conclude()
        runner = self._environment.runner
        if isinstance(runner, WorkerRunner):
            worker_messages.tell_end(runner, self._untold_spans(), load, ledger)
            return
        self._refreshed()
        self.board.add_end(load, ledger)
        self.stop()

    def _refuse(self, reason: str, exit_code: int) -> None:
        logger.error("No load: %s", reason)
        self.exit_code = exit_code
        self.board.refusals.append(reason)
        runner = self._environment.runner
        if isinstance(runner, WorkerRunner):
            worker_messages.tell_refusal(runner, reason)
        else:
            self.stop()

    def stop(self) -> None:
        """Stop the runner from a greenlet that the stop does not kill; without a web page, quit."""
        runner = self._environment.runner
        assert runner is not None
        if self._environment.web_ui:
            gevent.spawn_later(PAGE_POLLS_S, self._stop_if_ended, self.board)
        else:
            gevent.spawn(runner.quit)

    def _stop_if_ended(self, board: LiveStats) -> None:
        runner = self._environment.runner
        if board is self.board and runner is not None:
            runner.stop()

    def _untold_spans(self) -> dict[str, Counts]:
        if self.run is None:
            return {}
        rows = self.run.recorder.rows(self._told)
        self._told += len(rows)
        return durations(rows)

    def _refreshed(self) -> LiveStats:
        self.board.add_spans(self._untold_spans())
        return self.board
