import pytest

from benchmarks.results.judge.machine import machine_speed, speed_by_block, unequal_blocks
from benchmarks.results.store.trial_schema import MachineSpeed, Trial
from tests.benchmarks.results.runs import trial


def at(block: int, one_core: float, two_cores: float = 0.5) -> Trial:
    speed = MachineSpeed(one_core=one_core, two_cores=two_cores, wake_up_us=20)
    return trial("a", block, 100, speed_before=speed, speed_after=speed)


def test_the_speed_of_a_run_is_the_median_of_its_readings() -> None:
    speed = machine_speed([at(0, 0.2), at(1, 0.3), at(2, 0.9)])
    assert speed is not None
    assert (speed.one_core, speed.two_cores, speed.wake_up_us) == (0.3, 0.5, 20)
    assert machine_speed([trial("a", 0, 100)]) is None


def test_a_block_has_the_mean_of_its_readings() -> None:
    blocks = speed_by_block([at(0, 0.2), at(0, 0.4), at(1, 1.0), trial("a", 2, 100)])
    assert {block: round(speed.one_core, 6) for block, speed in blocks.items()} == {0: 0.3, 1: 1.0}


def test_blocks_of_unequal_speed_are_found_by_the_kernel_that_differs_most() -> None:
    assert unequal_blocks([at(0, 1.0), at(1, 1.14)]) is None
    assert unequal_blocks([at(0, 1.0)]) is None
    found = unequal_blocks([at(0, 1.0, two_cores=0.3), at(1, 1.2, two_cores=0.6)])
    assert found is not None
    assert (found.kernel, found.slowest_block, found.fastest_block) == ("two cores", 0, 1)
    assert found.difference == pytest.approx(1.0)
