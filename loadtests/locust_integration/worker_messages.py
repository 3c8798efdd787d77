"""What a worker tells its master: durations as it goes, its outcome once; and the master's word to end."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from locust.rpc import Message
from locust.runners import MasterRunner, WorkerRunner

from loadtests.ledger.judge import Ledger
from loadtests.locust_integration.live_stats import LiveStats
from loadtests.measurement.output import LoadRecord
from loadtests.measurement.window import Counts

ENDED, REFUSED, END = "load-ended", "load-refused", "end-load"
SPANS = "load-spans"


def tell_end(runner: WorkerRunner, spans: dict[str, Counts], load: LoadRecord, ledger: Ledger) -> None:
    """Send a worker's outcome, with the durations that no report has carried yet."""
    runner.send_message(ENDED, {SPANS: spans, "load": asdict(load), "ledger": asdict(ledger)})


def tell_refusal(runner: WorkerRunner, reason: str) -> None:
    """Say why a worker has no load."""
    runner.send_message(REFUSED, {"reason": reason})


def hear_workers(runner: MasterRunner, board: Callable[[], LiveStats], on_ended: Callable[[], None]) -> None:
    """Put what workers tell on the board; call *on_ended* when the last has told its outcome."""

    def on_end(msg: Message, **_: Any) -> None:
        board().add_spans(msg.data[SPANS])
        board().add_end(LoadRecord(**msg.data["load"]), Ledger(**msg.data["ledger"]))
        _check()

    def on_refusal(msg: Message, **_: Any) -> None:
        board().refusals.append(msg.data["reason"])
        _check()

    def _check() -> None:
        if not board().silent:
            on_ended()

    runner.register_message(ENDED, on_end)
    runner.register_message(REFUSED, on_refusal)


def hear_master(runner: WorkerRunner, end: Callable[[], None]) -> None:
    """Call *end* when the master says so."""
    runner.register_message(END, lambda **_: end())
