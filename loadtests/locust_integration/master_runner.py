"""The load in a master, on Locust's events: the number of workers, their reports, and the end."""

from typing import Any

import gevent
from locust.env import Environment
from locust.runners import MasterRunner

from loadtests.generator.settings import WrongSettings, read_settings
from loadtests.locust_integration import worker_messages
from loadtests.locust_integration.cpu_meter import start_meter
from loadtests.locust_integration.live_stats import LiveStats
from loadtests.locust_integration.local_runner import (
    PAGE_POLLS_S,
    UNFIT,
    WRONG_USAGE,
    end_between_requests,
    listen,
)
from loadtests.locust_integration.web_ui import add_tabs

END_BOUND_S = 60.0
"""For the requests in flight and the final reads of the workers, after the order to end."""
POLL_S = 0.1
REPORTED_WITHIN_S = 5
"""Workers report their counts of answers every 3 s."""


class MasterLoad:
    """The load that the workers of *runner* make together."""

    def __init__(self, environment: Environment, runner: MasterRunner) -> None:
        self.live_stats = LiveStats()
        self.exit_code = 0
        self._environment = environment
        self._runner = runner
        self._started = False

    def bind(self) -> None:
        """Listen to Locust's events and to the workers."""
        end_between_requests()
        events = self._environment.events
        listen(events.test_start, self.on_start)
        listen(events.test_stopping, self.on_stopping)
        listen(events.quitting, self.on_quitting)
        listen(events.worker_report, self.on_report)
        worker_messages.receive_from_workers(self._runner, lambda: self.live_stats, self._on_complete)
        if self._environment.web_ui:
            cost_rows = start_meter(self._environment, complete_after_s=REPORTED_WITHIN_S)
            add_tabs(self._environment.web_ui, lambda: self.live_stats, cost_rows)

    def on_start(self, **_: Any) -> None:
        """Send the workers their number with the options, and note the requests planned in all."""
        options, workers = self._environment.parsed_options, self._runner.worker_count
        assert options is not None
        options.worker_count, options.load_users = workers, options.num_users or 1
        self.live_stats = LiveStats(processes=workers)
        try:
            settings = read_settings(options, users=options.load_users)
        except WrongSettings as error:
            self.exit_code = WRONG_USAGE
            self.live_stats.errors.append(str(error))
            return
        self._started = True
        self.live_stats.planned = len(settings.schedule_s()) if settings.load == "open" else None

    def on_report(self, data: dict[str, Any], **_: Any) -> None:
        """Merge the histograms in a worker's report."""
        self.live_stats.add_histograms(data.get(worker_messages.HISTOGRAMS, {}))

    def on_stopping(self, **_: Any) -> None:
        """Order the workers to end their loads, and wait for their outcomes, within a bound."""
        if not self._started:
            return
        self._runner.send_message(worker_messages.END)
        with gevent.Timeout(END_BOUND_S, exception=False):
            while self.live_stats.unreported:
                gevent.sleep(POLL_S)
        self.live_stats.stop_waiting()
        self._started = False

    def on_quitting(self, environment: Environment, **_: Any) -> None:
        """End the load as `on_stopping` does before Locust quits, and set the exit code."""
        self.on_stopping()
        environment.process_exit_code = self.exit_code or (UNFIT if self.live_stats.errors else 0)

    def _on_complete(self) -> None:
        if self._environment.web_ui:
            gevent.spawn_later(PAGE_POLLS_S, self._runner.stop)
        else:
            gevent.spawn(self._runner.quit)
