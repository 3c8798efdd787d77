from benchmarks.deployment import ComponentState
from benchmarks.trial import restarted


def test_only_what_was_started_again_between_two_looks_counts() -> None:
    before = [
        ComponentState("kafka", [1], 2),
        ComponentState("flink", [2], 0),
        ComponentState("endpoint", [3], 0),
    ]
    after = [
        ComponentState("kafka", [1], 2),
        ComponentState("flink", [9], 1),
        ComponentState("endpoint", [3], 0),
    ]
    assert restarted(before, after) == {"flink": 1}
