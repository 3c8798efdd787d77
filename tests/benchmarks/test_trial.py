from benchmarks.deployment import RunningSystem
from benchmarks.trial import restarted


def test_only_what_was_started_again_between_two_looks_counts() -> None:
    before = [
        RunningSystem("kafka", [1], 2),
        RunningSystem("flink", [2], 0),
        RunningSystem("endpoint", [3], 0),
    ]
    after = [
        RunningSystem("kafka", [1], 2),
        RunningSystem("flink", [9], 1),
        RunningSystem("endpoint", [3], 0),
    ]
    assert restarted(before, after) == {"flink": 1}
