from pathlib import Path

import pytest

from benchmarks.cli.cost import FLOOR, SERVICE, cost_lines, cost_profile
from benchmarks.plan import CatalogueNames, expand
from benchmarks.results.command_lines import CommandLines, variant
from benchmarks.results.judge.cost import TOTAL, costs
from benchmarks.results.store.files import read_trials
from benchmarks.results.store.trial_schema import Trial, Usage
from tests.benchmarks.program import call, only_run
from tests.benchmarks.results.runs import cell, run, trial

PROFILE = cost_profile("granian", "confluent-kafka", rounds=2, connections=64, warm_up_s=1, window_s=2)


def costing(name: str, block: int, endpoint_ms: float, kafka_ms: float) -> Trial:
    """A trial of 1,000 requests."""
    usage = {
        part: Usage(cpu_s=each, rss_peak_mib=1, voluntary_switches=0, involuntary_switches=0)
        for part, each in (("endpoint", endpoint_ms), ("kafka", kafka_ms), ("generator", 0.4))
    }
    return trial(name, block, 100, usage=usage)


TRIALS = [
    costing(SERVICE, 0, 0.30, 0.2),
    costing(FLOOR, 0, 0.20, 0.2),
    costing(FLOOR, 1, 0.22, 0.2),
    costing(SERVICE, 1, 0.33, 0.2),
    costing(SERVICE, 2, 0.60, 0.2),
]


def test_a_cost_is_the_median_over_the_rounds_and_its_ratio_is_paired() -> None:
    endpoint, kafka, total, generator = costs(TRIALS, SERVICE, FLOOR)
    assert [one.component for one in (endpoint, kafka, total, generator)] == [
        "endpoint",
        "kafka",
        TOTAL,
        "generator",
    ]
    assert endpoint.service is not None
    assert endpoint.floor is not None
    assert endpoint.ratio is not None
    assert (endpoint.service.rounds, endpoint.floor.rounds) == (3, 2)
    assert endpoint.service.median_us == pytest.approx(330)
    assert (endpoint.floor.lowest_us, endpoint.floor.highest_us) == pytest.approx((200, 220))
    assert endpoint.ratio.ratio == pytest.approx(1.5)
    assert kafka.ratio is not None
    assert kafka.ratio.ratio == pytest.approx(1.0)
    assert total.service is not None
    assert total.service.median_us == pytest.approx(530)


def test_a_component_without_a_valid_round_says_so() -> None:
    lines = list(cost_lines(run(cell(SERVICE), cell(FLOOR)), TRIALS[:1]))
    assert any(line.startswith("endpoint") and "no valid round" in line for line in lines)


def test_service_and_floor_differ_in_nothing_but_the_application() -> None:
    service, floor = expand(PROFILE, CatalogueNames([], [], []))
    assert floor.model_copy(update={"name": service.name, "baseline": None}) == service
    assert variant(service) == variant(floor)


def test_the_floor_runs_under_the_server_and_client_asked_for() -> None:
    _, floor = expand(PROFILE, CatalogueNames([], [], []))
    command = CommandLines(system=["system"]).endpoint(floor, Path("data"))
    parts = "--baseline bare --server granian --client confluent-kafka --processes 1 --threads 64"
    assert command[-10:] == parts.split()


def test_the_command_interleaves_service_and_floor_and_tells_what_each_component_costs(
    tmp_path: Path,
) -> None:
    brief = ("--warm-up", "0.1", "--window", "0.3", "--rounds", "2", "--results", str(tmp_path))
    done = call("cost", *brief, "--server", "gunicorn-gthread")
    assert done.returncode == 0, done.stderr
    assert "CPU µs per request of find, gunicorn-gthread x confluent-kafka, 64 connections" in done.stdout
    assert {"endpoint", "kafka", "generator"} <= {line.split(" ")[0] for line in done.stdout.splitlines()}
    rounds = [(one.block, one.cell) for one in read_trials(only_run(tmp_path))]
    assert sorted(rounds) == [(0, FLOOR), (0, SERVICE), (1, FLOOR), (1, SERVICE)]
