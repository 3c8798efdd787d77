"""Messages between worker and master: histograms during the load, then the outcome; the order to end."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from locust.rpc import Message
from locust.runners import MasterRunner, WorkerRunner

from loadtests.ledger.judge import Ledger
from loadtests.locust_integration.live_stats import LiveStats
from loadtests.measurement.percentiles import Histogram
from loadtests.output import LoadRecord

OUTCOME, ERROR, END = "load-outcome", "load-error", "end-load"
HISTOGRAMS = "load-histograms"
"""The key in Locust's reports and in the outcome."""


def send_outcome(
    runner: WorkerRunner, histograms: dict[str, Histogram], load: LoadRecord, ledger: Ledger
) -> None:
    """Send a worker's outcome, with the *histograms* since its last report."""
    runner.send_message(OUTCOME, {HISTOGRAMS: histograms, "load": asdict(load), "ledger": asdict(ledger)})


def send_error(runner: WorkerRunner, reason: str) -> None:
    """Send why a worker has no load."""
    runner.send_message(ERROR, {"reason": reason})


def receive_from_workers(
    runner: MasterRunner, live_stats: Callable[[], LiveStats], on_complete: Callable[[], None]
) -> None:
    """Add the workers' messages to *live_stats*; call *on_complete* after that of the last worker."""

    def on_outcome(msg: Message, **_: Any) -> None:
        live_stats().add_histograms(msg.data[HISTOGRAMS])
        live_stats().add_outcome(LoadRecord(**msg.data["load"]), Ledger(**msg.data["ledger"]))
        _check()

    def on_error(msg: Message, **_: Any) -> None:
        live_stats().errors.append(msg.data["reason"])
        _check()

    def _check() -> None:
        if not live_stats().unreported:
            on_complete()

    runner.register_message(OUTCOME, on_outcome)
    runner.register_message(ERROR, on_error)


def receive_from_master(runner: WorkerRunner, end: Callable[[], None]) -> None:
    """Call *end* on the master's order to end."""
    runner.register_message(END, lambda **_: end())
