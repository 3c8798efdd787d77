"""Each part of a running system killed under load: answered requests are applied once."""

import os
import signal

import pytest

from tests.live_system import LiveSystem
from tests.system.faults.callers import imbalances, load_on

pytestmark = pytest.mark.real

ANSWERS = 20
"""The answers of each caller before the kill, and again after it."""


@pytest.mark.parametrize(
    "killed", ["endpoint-worker", "functions", "flink", "kafka", "kafka flink functions"]
)
def test_requests_answered_before_and_after_a_kill_are_applied_once(
    running_system: LiveSystem, killed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with load_on(running_system.endpoint) as load:
        with load.calling():
            load.wait_for_answers(ANSWERS)
            for pid in [pid for name in killed.split() for pid in running_system.pids(name)]:
                os.kill(pid, signal.SIGKILL)
            load.wait_for_answers(ANSWERS)
        with capsys.disabled():
            print(f"\n{killed} killed: silent for {load.longest_silence_s():.1f} s, {load.repeats()} repeats")
        assert imbalances(load) == []
        assert load.changed_answers() == []
