from benchmarks.deployment import RunningComponent
from benchmarks.load_files import restarts_between
from benchmarks.trial import restart_counts


def test_only_what_was_started_again_between_two_looks_counts() -> None:
    before = [
        RunningComponent("kafka", [1], 2),
        RunningComponent("flink", [2], 0),
        RunningComponent("endpoint", [3], 0),
    ]
    after = [
        RunningComponent("kafka", [1], 2),
        RunningComponent("flink", [9], 1),
        RunningComponent("endpoint", [3], 0),
    ]
    assert restarts_between(restart_counts(before), restart_counts(after)) == {"flink": 1}
