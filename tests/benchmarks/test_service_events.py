import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from benchmarks.resource_usage import Machine, Reading, Switches, Totals
from benchmarks.results.store.trial_schema import Event
from benchmarks.service_events import checkpoint_events, read_checkpoints, restart_events

CHECKPOINT = {"status": "COMPLETED", "trigger_timestamp": 5_000, "end_to_end_duration": 40}
ANSWERS = {"/jobs/overview": {"jobs": [{"jid": "a"}]}, "/jobs/a/checkpoints": {"history": [CHECKPOINT]}}
SECOND_NS = 1_000_000_000


class Flink(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps(ANSWERS[self.path]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (its name is the base class's)
        pass


@pytest.fixture
def flink() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Flink) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_the_checkpoints_of_every_job_are_asked_for(flink: str) -> None:
    assert read_checkpoints(flink) == [CHECKPOINT]


@pytest.mark.parametrize("address", [None, "http://127.0.0.1:1"])
def test_a_flink_that_does_not_answer_has_no_checkpoints(address: str | None) -> None:
    assert read_checkpoints(address) == []


def test_a_checkpoint_is_told_in_seconds_since_the_window_began() -> None:
    [event] = checkpoint_events([CHECKPOINT], 3 * SECOND_NS, 0, SECOND_NS, 9 * SECOND_NS)
    assert event == Event(kind="checkpoint", component="flink", start_s=1.0, end_s=1.04)


def test_checkpoints_beside_the_load_or_not_ended_are_left_out() -> None:
    early, late = ({**CHECKPOINT, "trigger_timestamp": ms} for ms in (900, 9_000))
    runs = {**CHECKPOINT, "status": "IN_PROGRESS"}
    failed = {**CHECKPOINT, "status": "FAILED"}
    found = checkpoint_events([late, failed, runs, early], 0, SECOND_NS, 2 * SECOND_NS, 9 * SECOND_NS)
    assert [(event.kind, event.start_s) for event in found] == [("failed checkpoint", 3.0)]


def reading(at_s: int, *components: str) -> Reading:
    totals = Totals(0.0, 0.0, Switches(0, 0))
    machine = Machine(total_s=0, busy_s=0, steal_s=0, pressure_s=None, load_1min=0)
    return Reading(at_s * SECOND_NS, dict.fromkeys(components, totals), 0.0, machine)


def test_a_restart_lies_between_the_readings_with_the_process_and_without() -> None:
    readings = [reading(3, "kafka", "flink"), reading(4, "kafka", "flink"), reading(5, "kafka")]
    assert list(restart_events(readings, ["flink"], 2 * SECOND_NS)) == [
        Event(kind="restart", component="flink", start_s=2.0, end_s=3.0)
    ]
    assert list(restart_events(readings, ["kafka"], 0)) == []
