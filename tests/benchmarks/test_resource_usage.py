import os

import pytest

from benchmarks import resource_usage
from benchmarks.resource_usage import (
    Machine,
    ProcessRoots,
    Reading,
    Switches,
    Totals,
    noise_between,
    take_reading,
    usage_between,
)
from loadtests.measurement.process_cpu import TICK_S

S = 1_000_000_000


def reading(
    at_s: float, cpu_s: float, *, rss_mib: float = 10.0, busy_s: float = 0.0, ours_s: float = 0.0
) -> Reading:
    totals = Totals(cpu_s, rss_mib, Switches(round(cpu_s * 100), round(cpu_s * 10)))
    machine = Machine(busy_s, steal_s=at_s * 0.02, total_s=at_s * 2, pressure_s=at_s * 0.5, load_1min=1.5)
    return Reading(int(at_s * S), {"endpoint": totals}, ours_s, machine)


def test_usage_is_cut_at_the_window_between_readings() -> None:
    readings = [reading(0, 0), reading(2, 2), reading(4, 4), reading(6, 10)]
    usage = usage_between(readings, 1 * S, 5 * S)["endpoint"]
    assert usage.cpu_s == pytest.approx(7 - 1)
    assert usage.voluntary_switches == 600
    assert usage.involuntary_switches == 60


def test_the_peak_is_that_of_the_window_and_not_of_the_warm_up() -> None:
    readings = [
        reading(0, 0, rss_mib=99),
        reading(2, 1, rss_mib=20),
        reading(3, 1, rss_mib=30),
        reading(9, 1, rss_mib=99),
    ]
    assert usage_between(readings, 1 * S, 5 * S)["endpoint"].rss_peak_mib == 30


def test_a_process_that_took_its_share_along_leaves_no_negative_usage() -> None:
    assert usage_between([reading(0, 5), reading(2, 1)], 0, 2 * S)["endpoint"].cpu_s == 0


def test_foreign_is_what_was_busy_and_not_ours() -> None:
    readings = [reading(0, 0, busy_s=0, ours_s=0), reading(10, 0, busy_s=15, ours_s=9)]
    noise = noise_between(readings, 0, 10 * S)
    assert noise.foreign_cpu_fraction == pytest.approx(6 / 20)
    assert noise.steal_fraction == pytest.approx(0.01)
    assert noise.pressure_cpu_some == pytest.approx(50)
    assert noise.load_1min == 1.5


def test_more_of_ours_than_busy_is_no_foreign_cpu() -> None:
    readings = [reading(0, 0), reading(10, 0, busy_s=5, ours_s=9)]
    assert noise_between(readings, 0, 10 * S).foreign_cpu_fraction == 0


def test_a_component_without_a_process_has_no_reading() -> None:
    assert take_reading(ProcessRoots({"kafka": [2**22 + 1]})).components == {}


def test_context_switches_are_parsed() -> None:
    text = "Name:\tx\nvoluntary_ctxt_switches:\t12\nnonvoluntary_ctxt_switches:\t3\n"
    assert resource_usage.parse_switches(text) == Switches(12, 3)


def test_the_machine_is_parsed_and_guests_are_not_counted_twice() -> None:
    stat = "cpu  100 10 50 800 40 5 5 20 30 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n"
    pressure = "some avg10=3.53 avg60=2.80 avg300=1.93 total=18438767\nfull avg10=0.00 total=0\n"
    expected = Machine(170 * TICK_S, 20 * TICK_S, 1030 * TICK_S, pressure_s=18.438767, load_1min=0.31)
    assert resource_usage.parse_machine(stat, pressure, "0.31 0.28 0.16 1/362 15737\n") == expected


def test_a_kernel_without_pressure_is_said_to_have_none() -> None:
    assert resource_usage.parse_machine("cpu  1 1 1 1 1 1 1 1 0 0", None, "0 0 0 1/1 1").pressure_s is None


def test_this_process_can_be_read() -> None:
    assert resource_usage.read_switches(os.getpid()).voluntary > 0
    assert resource_usage.read_machine().total_s > 0


def test_a_process_that_has_ended_has_no_switches() -> None:
    assert resource_usage.read_switches(2**22 + 1) == Switches(0, 0)
