"""The master's part in a load that workers make: what was planned, what they told, and when it is over."""

from typing import Any

import gevent
from locust.env import Environment
from locust.runners import MasterRunner

from loadtests.generator.settings import WrongSettings, read_settings
from loadtests.locust_integration import worker_messages
from loadtests.locust_integration.cpu_meter import metered
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
"""For the workers' drain and final reads after the word to end."""
POLL_S = 0.1
REPORTED_WITHIN_S = 5
"""Workers tell every 3 s how many answers they got."""


class MasterLoad:
    """Holds the board of the load that the workers of *runner* make."""

    def __init__(self, environment: Environment, runner: MasterRunner) -> None:
        self.board = LiveStats()
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
        worker_messages.hear_workers(self._runner, lambda: self.board, self._on_ended)
        if self._environment.web_ui:
            costs = metered(self._environment, settles_s=REPORTED_WITHIN_S)
            add_tabs(self._environment.web_ui, lambda: self.board, costs)

    def on_start(self, **_: Any) -> None:
        """Tell the workers how many they are, and note what they are to send together."""
        options, workers = self._environment.parsed_options, self._runner.worker_count
        assert options is not None
        options.worker_count, options.load_users = workers, options.num_users or 1
        self.board = LiveStats(processes=workers)
        try:
            settings = read_settings(options, users=options.load_users)
        except WrongSettings as error:
            self.exit_code = WRONG_USAGE
            self.board.refusals.append(str(error))
            return
        self._started = True
        self.board.planned = len(settings.schedule_s()) if settings.load == "open" else None

    def on_report(self, data: dict[str, Any], **_: Any) -> None:
        """Merge the durations that a worker's report carries."""
        self.board.add_spans(data.get(worker_messages.SPANS, {}))

    def on_stopping(self, **_: Any) -> None:
        """Have the workers end their loads, and wait for their outcomes, within a bound."""
        if not self._started:
            return
        self._runner.send_message(worker_messages.END)
        with gevent.Timeout(END_BOUND_S, exception=False):
            while self.board.silent:
                gevent.sleep(POLL_S)
        self.board.give_up()
        self._started = False

    def on_quitting(self, environment: Environment, **_: Any) -> None:
        """Do the same before Locust quits, and tell it the exit code."""
        self.on_stopping()
        environment.process_exit_code = self.exit_code or (UNFIT if self.board.refusals else 0)

    def _on_ended(self) -> None:
        if self._environment.web_ui:
            gevent.spawn_later(PAGE_POLLS_S, self._runner.stop)
        else:
            gevent.spawn(self._runner.quit)
