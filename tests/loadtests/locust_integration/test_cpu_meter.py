import os
import subprocess
import sys
from pathlib import Path

import pytest

from loadtests.locust_integration.cpu_meter import CpuMeter, NotRunning, component_pids, cpu_use
from loadtests.locust_integration.cpu_per_request import (
    NO_COST,
    CpuCost,
    CpuReading,
    CpuReadings,
    CpuUse,
    cost,
)
from loadtests.locust_integration.live_stats import cost_rows
from loadtests.measurement.process_cpu import read_processes
from system.runtime.state import Addresses, ComponentState, ProcessIdentity, SystemState, write_state

PARTS = {"kafka", "flink"}
FIRST, SECOND = (100, 1.0), (200, 2.0)
"""Two processes."""


def readings(**cpu_s: list[float]) -> CpuReadings:
    """Return readings at the seconds 0, 2, 4, ... of the CPU time that the components had used by then."""
    cpu_readings = CpuReadings()
    for index, used in enumerate(zip(*cpu_s.values(), strict=True)):
        uses = {name: CpuUse(FIRST, spent_s) for name, spent_s in zip(cpu_s, used, strict=True)}
        cpu_readings.add(2 * index, uses)
    return cpu_readings


def test_the_cost_of_a_request_is_the_cpu_used_between_two_readings_by_the_requests_between() -> None:
    before = CpuReading(0, {"kafka": 1.0, "flink": 5.0}, PARTS)
    after = CpuReading(2, {"kafka": 1.5, "flink": 6.0}, PARTS)
    assert cost(before, after, 1_000) == CpuCost(1_000, {"kafka": 500.0, "flink": 1_000.0})


def test_without_a_request_there_is_no_cost() -> None:
    assert cost(CpuReading(0, {"kafka": 1.0}, PARTS), CpuReading(2, {"kafka": 2.0}, PARTS), 0) == NO_COST


def test_cpu_time_before_the_first_answer_and_after_the_last_is_left_out() -> None:
    cpu_readings = readings(kafka=[0.0, 9.0, 9.5, 10.0, 19.0])
    recent, whole = cpu_readings.costs({2: 400, 3: 100, 5: 500}, complete_until=99)
    assert recent == whole == CpuCost(1_000, {"kafka": 1_000.0})


def test_the_recent_cost_is_of_the_last_seconds_only() -> None:
    cpu_readings = readings(kafka=[0.0, 4.0, 4.25, 4.5, 4.75])
    recent, whole = cpu_readings.costs(dict.fromkeys(range(8), 125), complete_until=99)
    assert recent == CpuCost(750, {"kafka": 1_000.0})
    assert whole == CpuCost(1_000, {"kafka": 4_750.0})


def test_seconds_whose_answers_are_not_all_known_wait() -> None:
    cpu_readings = readings(kafka=[0.0, 1.0, 2.0])
    assert cpu_readings.costs({0: 500, 1: 500, 2: 3, 3: 3}, complete_until=3)[1] == CpuCost(
        1_000, {"kafka": 1_000.0}
    )


@pytest.mark.parametrize("answered", [{}, {0: 10}, {1: 10}, {50: 10}])
def test_answers_without_a_reading_before_and_after_them_have_no_cost(answered: dict[int, int]) -> None:
    assert readings(kafka=[0.0]).costs(answered, complete_until=99) == (NO_COST, NO_COST)
    assert CpuReadings().costs(answered, complete_until=99) == (NO_COST, NO_COST)


def test_a_component_that_was_restarted_keeps_the_cpu_time_from_before() -> None:
    cpu_readings = CpuReadings()
    for second, use in enumerate([CpuUse(FIRST, 7.0), CpuUse(FIRST, 8.0), CpuUse(SECOND, 0.5)]):
        cpu_readings.add(second, {"flink": use})
    assert cpu_readings.costs({0: 500, 1: 500}, complete_until=99)[1].us == {"flink": 1_500.0}


def test_a_component_that_comes_back_does_not_count_its_cpu_time_twice() -> None:
    cpu_readings = CpuReadings()
    for second, uses in enumerate([{"flink": CpuUse(FIRST, 7.0)}, {}, {"flink": CpuUse(SECOND, 0.5)}]):
        cpu_readings.add(second, uses)
    cpu_readings.add(3, {"flink": CpuUse(SECOND, 1.0)})
    assert cpu_readings.costs({1: 500, 2: 500}, complete_until=99)[1].us == {"flink": 1_000.0}


def test_a_component_that_comes_late_is_counted_from_then_on() -> None:
    cpu_readings = CpuReadings()
    cpu_readings.add(0, {})
    cpu_readings.add(1, {"flink": CpuUse(FIRST, 7.0)})
    cpu_readings.add(2, {"flink": CpuUse(FIRST, 7.5)})
    assert cpu_readings.costs({0: 500, 1: 500}, complete_until=99)[1].us == {"flink": 500.0}


def test_a_component_that_is_down_has_no_cost_and_the_others_keep_theirs() -> None:
    cpu_readings = CpuReadings()
    cpu_readings.add(0, {"flink": CpuUse(FIRST, 1.0), "generator": CpuUse(SECOND, 1.0)})
    cpu_readings.add(1, {"generator": CpuUse(SECOND, 1.5)})
    assert cpu_readings.costs({0: 1_000}, complete_until=99)[1].us == {"generator": 500.0}


def test_each_component_and_each_note_is_a_row() -> None:
    assert cost_rows(CpuCost(10, {"kafka": 1.25}), CpuCost(90, {"kafka": 2.04, "flink": 3.0}), ["Why."]) == [
        {"hop": "CPU of kafka", "count": 90, "recent": 1.2, "since": 2.0},
        {"hop": "CPU of flink", "count": 90, "since": 3.0},
        {"hop": "Why."},
    ]


def system_state(folder: Path, supervisor: ProcessIdentity | None = None) -> None:
    """Write the file of a system whose supervisor is this process."""
    parts: dict[str, int | None] = {"functions": 31, "kafka": 32, "flink": None, "endpoint": 33}
    components = [
        ComponentState(component=name, address="", state="ready", pid=pid, restarts=0)
        for name, pid in parts.items()
    ]
    identity = supervisor or ProcessIdentity.own()
    state = SystemState(supervisor=identity, addresses=Addresses(), components=components)
    write_state(folder / "system.json", state)


def test_the_components_of_a_running_system_are_found_in_the_order_of_a_request(tmp_path: Path) -> None:
    system_state(tmp_path)
    assert list(component_pids(tmp_path).items()) == [("endpoint", 33), ("kafka", 32), ("functions", 31)]


def test_a_system_that_has_ended_is_not_taken_for_the_process_that_has_its_number(tmp_path: Path) -> None:
    own = ProcessIdentity.own()
    system_state(tmp_path, own.model_copy(update={"create_time_s": own.create_time_s - 60}))
    with pytest.raises(NotRunning, match="does not run any more"):
        component_pids(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"supervisor": {"pid": "x", "create_time_s": 1}}'])
def test_a_file_that_no_system_wrote_is_no_running_system(text: str, tmp_path: Path) -> None:
    (tmp_path / "system.json").write_text(text)
    with pytest.raises(NotRunning, match="was not written by a system"):
        component_pids(tmp_path)


def test_a_folder_without_a_system_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NotRunning, match="no system runs on"):
        component_pids(tmp_path / "nowhere")


def test_without_a_data_folder_the_page_says_why_costs_are_not_known() -> None:
    (row,) = CpuMeter("", dict, 0).rows()
    assert row["hop"] == (
        "CPU of the service is not known: give its data folder by --system, if it runs on this machine."
    )


def test_a_process_that_has_ended_has_no_use() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    processes = read_processes()
    assert cpu_use(processes, ended.pid) is None
    own = cpu_use(processes, os.getpid())
    assert own is not None
    assert own.cpu_s > 0
