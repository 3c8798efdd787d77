from benchmarks.runtime import Standing
from benchmarks.trial import restarted


def test_only_what_was_started_again_between_two_looks_counts() -> None:
    before = [Standing("kafka", [1], 2), Standing("flink", [2], 0), Standing("endpoint", [3], 0)]
    after = [Standing("kafka", [1], 2), Standing("flink", [9], 1), Standing("endpoint", [3], 0)]
    assert restarted(before, after) == {"flink": 1}
