import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from loadtests.locust_integration.cpu import (
    NONE,
    Cost,
    CpuReading,
    CpuUse,
    NotRunning,
    Readings,
    children,
    component_pids,
    cost,
    seen,
)
from loadtests.locust_integration.cpu_meter import Meter
from loadtests.locust_integration.live_stats import cost_rows
from system.runtime.state import Addresses, ComponentState, ProcessIdentity, SystemState, write_state

PARTS = {"kafka", "flink"}
FIRST, SECOND = (100, 1.0), (200, 2.0)
"""Two processes."""


def readings(**cpu_s: list[float]) -> Readings:
    """Take a reading at the seconds 0, 2, 4, ... of what the components had used by then."""
    taken = Readings()
    for index, used in enumerate(zip(*cpu_s.values(), strict=True)):
        sights = {name: CpuUse(FIRST, spent_s) for name, spent_s in zip(cpu_s, used, strict=True)}
        taken.add(2 * index, sights)
    return taken


def test_the_cost_of_a_request_is_the_cpu_used_between_two_readings_by_the_requests_between() -> None:
    before = CpuReading(0, {"kafka": 1.0, "flink": 5.0}, PARTS)
    after = CpuReading(2, {"kafka": 1.5, "flink": 6.0}, PARTS)
    assert cost(before, after, 1_000) == Cost(1_000, {"kafka": 500.0, "flink": 1_000.0})


def test_without_a_request_there_is_no_cost() -> None:
    assert cost(CpuReading(0, {"kafka": 1.0}, PARTS), CpuReading(2, {"kafka": 2.0}, PARTS), 0) == NONE


def test_what_was_used_before_the_first_answer_and_after_the_last_is_no_cost_of_them() -> None:
    taken = readings(kafka=[0.0, 9.0, 9.5, 10.0, 19.0])
    recent, whole = taken.costs({2: 400, 3: 100, 5: 500}, settled=99)
    assert recent == whole == Cost(1_000, {"kafka": 1_000.0})


def test_the_recent_cost_is_of_the_last_seconds_only() -> None:
    taken = readings(kafka=[0.0, 4.0, 4.25, 4.5, 4.75])
    recent, whole = taken.costs(dict.fromkeys(range(8), 125), settled=99)
    assert recent == Cost(750, {"kafka": 1_000.0})
    assert whole == Cost(1_000, {"kafka": 4_750.0})


def test_seconds_whose_answers_are_not_all_known_wait() -> None:
    taken = readings(kafka=[0.0, 1.0, 2.0])
    assert taken.costs({0: 500, 1: 500, 2: 3, 3: 3}, settled=3)[1] == Cost(1_000, {"kafka": 1_000.0})


@pytest.mark.parametrize("answered", [{}, {0: 10}, {1: 10}, {50: 10}])
def test_before_two_readings_lie_around_answers_no_cost_is_known(answered: dict[int, int]) -> None:
    assert readings(kafka=[0.0]).costs(answered, settled=99) == (NONE, NONE)
    assert Readings().costs(answered, settled=99) == (NONE, NONE)


def test_a_component_that_was_restarted_keeps_what_it_had_used() -> None:
    taken = Readings()
    for second, sight in enumerate([CpuUse(FIRST, 7.0), CpuUse(FIRST, 8.0), CpuUse(SECOND, 0.5)]):
        taken.add(second, {"flink": sight})
    assert taken.costs({0: 500, 1: 500}, settled=99)[1].us == {"flink": 1_500.0}


def test_a_component_that_comes_back_is_not_charged_again_for_what_it_used_before() -> None:
    taken = Readings()
    for second, sights in enumerate([{"flink": CpuUse(FIRST, 7.0)}, {}, {"flink": CpuUse(SECOND, 0.5)}]):
        taken.add(second, sights)
    taken.add(3, {"flink": CpuUse(SECOND, 1.0)})
    assert taken.costs({1: 500, 2: 500}, settled=99)[1].us == {"flink": 1_000.0}


def test_a_component_that_comes_late_is_counted_from_then_on() -> None:
    taken = Readings()
    taken.add(0, {})
    taken.add(1, {"flink": CpuUse(FIRST, 7.0)})
    taken.add(2, {"flink": CpuUse(FIRST, 7.5)})
    assert taken.costs({0: 500, 1: 500}, settled=99)[1].us == {"flink": 500.0}


def test_a_component_that_is_down_has_no_cost_and_the_others_keep_theirs() -> None:
    taken = Readings()
    taken.add(0, {"flink": CpuUse(FIRST, 1.0), "generator": CpuUse(SECOND, 1.0)})
    taken.add(1, {"generator": CpuUse(SECOND, 1.5)})
    assert taken.costs({0: 1_000}, settled=99)[1].us == {"generator": 500.0}


def test_a_component_is_a_row_and_so_is_what_is_not_known() -> None:
    assert cost_rows(Cost(10, {"kafka": 1.25}), Cost(90, {"kafka": 2.04, "flink": 3.0}), ["Why."]) == [
        {"hop": "CPU of kafka", "count": 90, "recent": 1.2, "since": 2.0},
        {"hop": "CPU of flink", "count": 90, "since": 3.0},
        {"hop": "Why."},
    ]


def system_state(folder: Path, supervisor: ProcessIdentity | None = None) -> None:
    """Write what a system of this process writes."""
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


def test_a_system_that_is_gone_is_not_taken_for_the_process_that_has_its_number(tmp_path: Path) -> None:
    own = ProcessIdentity.own()
    system_state(tmp_path, own.model_copy(update={"create_time_s": own.create_time_s - 60}))
    with pytest.raises(NotRunning, match="does not run any more"):
        component_pids(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"supervisor": {"pid": "x", "create_time_s": 1}}'])
def test_a_file_that_no_system_wrote_is_no_running_system(text: str, tmp_path: Path) -> None:
    (tmp_path / "system.json").write_text(text)
    with pytest.raises(NotRunning, match="is not what a system writes"):
        component_pids(tmp_path)


def test_a_folder_without_a_system_says_so(tmp_path: Path) -> None:
    with pytest.raises(NotRunning, match="no system runs on"):
        component_pids(tmp_path / "nowhere")


def test_without_a_data_folder_the_page_says_that_costs_are_not_known_and_why() -> None:
    (row,) = Meter("", dict, 0).rows()
    assert row["hop"] == (
        "CPU of the service is not known: give its data folder by --system, if it runs on this machine."
    )


BUSY = "import subprocess, sys; sum(range(10**7)); print('ready', flush=True); sys.stdin.read()"
PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BUSY!r}], check=True)"


@pytest.fixture
def parent() -> Iterator[int]:
    """Run a process whose child has worked; gives the parent's pid."""
    command = [sys.executable, "-c", PARENT]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        yield process.pid
        process.kill()


def test_what_a_descendant_uses_counts(parent: int) -> None:
    alone = psutil.Process(parent).cpu_times()
    child = psutil.Process(parent).children()[0].cpu_times()
    sight = seen(parent, children())
    assert sight is not None
    assert sight.cpu_s >= alone.user + alone.system + child.user + child.system > 0


def test_a_process_that_is_gone_is_not_seen() -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    assert seen(gone.pid, children()) is None
    assert seen(os.getpid(), children()) is not None
