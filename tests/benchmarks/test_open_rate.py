from pathlib import Path

import pytest

from benchmarks.open_rate import rounded_down
from benchmarks.results.judge.metrics import P99, no_p99_reason
from benchmarks.results.store.files import read_run, read_trials
from benchmarks.results.store.schema import Limits
from benchmarks.results.store.trial_schema import OpenLoad, Spread
from benchmarks.validity import open_load_failure
from tests.benchmarks.program import PROFILE, call, only_run, write_profile
from tests.benchmarks.results.runs import trial

OPEN = "\n[open]\nfraction = 0.5\nwarm_up_s = 0.1\nwindow_s = 0.4\n\n[[cells]]"


@pytest.mark.parametrize(("rate", "rounded"), [(283.7, 280), (99.9, 99), (1234, 1200), (7.07, 7.0)])
def test_the_common_rate_is_rounded_down_to_two_digits(rate: float, rounded: float) -> None:
    assert rounded_down(rate) == rounded


def test_each_trial_but_a_baselines_has_an_open_loop_at_one_rate(tmp_path: Path) -> None:
    profile = write_profile(tmp_path, PROFILE.replace("[[cells]]", OPEN, 1))
    done = call("run", str(profile), "--results", str(tmp_path / "results"), "--blocks", "1")
    assert done.returncode == 0, done.stderr
    run_folder = only_run(tmp_path / "results")
    run, trials = read_run(run_folder), read_trials(run_folder)
    baselines = {cell.name for cell in run.cells if cell.baseline}
    assert run.open_rate_per_s is not None
    assert (run.options, run.profile_text) == (["--blocks", "1"], profile.read_text())
    for one in trials:
        assert (one.open is None) is (one.cell in baselines)
        if one.open is not None:
            assert one.open.rate_per_s == run.open_rate_per_s
            assert (run_folder / str(one.open.samples)).exists()
        assert one.speed_before is not None
    assert call("validate", str(run_folder)).returncode == 0


def test_a_p99_needs_twenty_requests_beyond_it() -> None:
    spread = Spread(count=1_999, mean=1, p50=1, p90=1, p95=1, p99=1, max=1)
    few = trial("a", 0, 100, response_ms=spread)
    assert P99.of(few) is None
    assert no_p99_reason(few) == "19 requests lie beyond it, 20 are needed"
    assert P99.of(trial("a", 0, 100, response_ms=spread.model_copy(update={"count": 2_000}))) == 1


def test_response_times_are_those_of_the_open_loop_unless_it_does_not_count() -> None:
    own = Spread(count=5_000, mean=2, p50=2, p90=2, p95=2, p99=2, max=2)
    opened = OpenLoad(rate_per_s=50, response_ms=own)
    assert P99.of(trial("a", 0, 100, open=opened)) == 2
    late = opened.model_copy(update={"failure": "the generator was late"})
    assert P99.of(trial("a", 0, 100, open=late)) is None


def test_a_rate_that_was_not_carried_does_not_count() -> None:
    opened = OpenLoad(rate_per_s=200, throughput_per_s=100, requests=trial("a", 0, 100).requests)
    assert open_load_failure(opened, Limits()) == "of 200 requests/s it answered 100"
    assert open_load_failure(opened.model_copy(update={"throughput_per_s": 199}), Limits()) is None
