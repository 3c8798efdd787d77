"""How the other parts are called."""

from pathlib import Path

from benchmarks.results.command_lines import CommandLines, Timing
from benchmarks.results.store.schema import Limits, Load
from tests.benchmarks.results.runs import cell


def load_command(load: Load, limits: Limits) -> list[str]:
    loaded = cell("a").model_copy(update={"load": load})
    return CommandLines(loadtests=["load"]).load(loaded, "http://host", 7, Timing(2, 6), limits, Path("out"))


def test_an_open_load_may_be_as_late_as_the_profile_allows() -> None:
    command = load_command(Load(kind="open", rate_per_s=50), Limits(lag_ms_p99=25))
    assert command[-6:] == ["--rate", "50", "--arrivals", "poisson", "--lag-limit", "25"]


def test_where_the_profile_bounds_no_lag_the_load_keeps_its_own_bound() -> None:
    assert load_command(Load(kind="open", rate_per_s=50), Limits())[-1] == "poisson"


def test_a_closed_load_is_told_its_users_and_no_lag() -> None:
    assert load_command(Load(kind="closed", users=4), Limits(lag_ms_p99=25))[-2:] == ["--users", "4"]
