"""The load in one process, on Locust's events: set-up, sending, end. The process may be a worker."""

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
from loadtests.locust_integration.cpu_meter import start_meter
from loadtests.locust_integration.live_stats import LiveStats, histograms
from loadtests.locust_integration.web_ui import add_tabs
from loadtests.measurement.percentiles import Histogram

WRONG_USAGE, UNFIT = 2, 3
PAGE_POLLS_S = 5.0
"""How long the page is polled after the end of a load, so that it gets the ledger: a bit over two polls."""
logger = logging.getLogger(__name__)


def listen(hook: EventHook, listener: Callable[..., None]) -> None:
    """Add *listener* to *hook*, which has no types in Locust."""
    hook.add_listener(listener)  # type: ignore[no-untyped-call]


def end_between_requests() -> None:
    """Let Ctrl-C end a load as SIGTERM does; as an exception it would end whatever greenlet runs."""
    gevent.signal_handler(signal.SIGINT, lambda: signal.raise_signal(signal.SIGTERM))


class LocalLoad:
    """The load that this process makes; after its end, the last one."""

    def __init__(self, environment: Environment) -> None:
        self.run: LoadRun | None = None
        self.exit_code = 0
        self.live_stats = LiveStats()
        self._environment = environment
        self._user_indices = count()
        self._rows_reported = 0
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
            worker_messages.receive_from_master(runner, self._cut)
        if self._environment.web_ui:
            add_tabs(self._environment.web_ui, self._updated_stats, start_meter(self._environment))

    def on_start(self, **_: Any) -> None:
        """Read the settings and create the users; where that fails there is no load."""
        self.run, self._end = None, None
        self._user_indices, self._rows_reported, self.live_stats = count(), 0, LiveStats()
        try:
            self.run = self._open_run()
            self.run.set_up()
        except (LoadImpossible, WrongSettings) as error:
            self.run = None
            self._fail(str(error), WRONG_USAGE if isinstance(error, WrongSettings) else UNFIT)
            return
        self._end = gevent.spawn(self._finish, self.run)

    def send(self, session: FastHttpSession) -> None:
        """Send the requests of one Locust user until the end; in an open loop the first user sends all."""
        run, index = self.run, next(self._user_indices)
        if run is None:
            return
        run.loops.add(gevent.getcurrent())
        if run.settings.load == "closed":
            closed_loop(run, session, index)
        elif index == 0:
            open_loop(run, session)

    def on_report(self, data: dict[str, Any], **_: Any) -> None:
        """Add the histograms since the last report to this worker's report."""
        data[worker_messages.HISTOGRAMS] = self._new_histograms()

    def on_stopping(self, **_: Any) -> None:
        """End the load, if it has not ended by itself, and wait for its files."""
        if self.run and self._end is not gevent.getcurrent():
            self._cut()
            if self._end is None:
                self._end = gevent.spawn(self._finish, self.run)
            self._end.join()

    def on_quitting(self, environment: Environment, **_: Any) -> None:
        """End the load as `on_stopping` does before Locust quits, and set the exit code."""
        self.on_stopping()
        environment.process_exit_code = self.exit_code

    def _open_run(self) -> LoadRun:
        runner, options = self._environment.runner, self._environment.parsed_options
        assert options is not None
        users = getattr(options, "load_users", None) or options.num_users or 1
        settings = read_settings(options, users)
        for user_class in self._environment.user_classes:
            if issubclass(user_class, FastHttpUser):
                user_class.network_timeout = user_class.connection_timeout = settings.timeout_s
        index = runner.worker_index if isinstance(runner, LocalRunner | WorkerRunner) else 0
        return LoadRun(settings, self._environment.host or "", index, getattr(options, "worker_count", 1))

    def _cut(self) -> None:
        if self.run:
            self.run.cut()

    def _finish(self, run: LoadRun) -> None:
        load, ledger = run.finish()
        runner = self._environment.runner
        if isinstance(runner, WorkerRunner):
            worker_messages.send_outcome(runner, self._new_histograms(), load, ledger)
            return
        self._updated_stats()
        self.live_stats.add_outcome(load, ledger)
        self._stop()

    def _fail(self, reason: str, exit_code: int) -> None:
        logger.error("No load: %s", reason)
        self.exit_code = exit_code
        self.live_stats.errors.append(reason)
        runner = self._environment.runner
        if isinstance(runner, WorkerRunner):
            worker_messages.send_error(runner, reason)
        else:
            self._stop()

    def _stop(self) -> None:
        """Stop the runner from a greenlet that the stop does not kill; without a web page, quit."""
        runner = self._environment.runner
        assert runner is not None
        if self._environment.web_ui:
            gevent.spawn_later(PAGE_POLLS_S, self._stop_unless_restarted, self.live_stats)
        else:
            gevent.spawn(runner.quit)

    def _stop_unless_restarted(self, live_stats: LiveStats) -> None:
        runner = self._environment.runner
        if live_stats is self.live_stats and runner is not None:
            runner.stop()

    def _new_histograms(self) -> dict[str, Histogram]:
        """Return the histograms of the requests since the last call."""
        if self.run is None:
            return {}
        rows = self.run.recorder.rows(self._rows_reported)
        self._rows_reported += len(rows)
        return histograms(rows)

    def _updated_stats(self) -> LiveStats:
        self.live_stats.add_histograms(self._new_histograms())
        return self.live_stats
