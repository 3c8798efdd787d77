"""How fast the machine was, as rows of tables."""

from collections.abc import Sequence

from benchmarks.results.judge.machine import machine_speed, speed_by_block, speed_words
from benchmarks.results.store.trial_schema import Trial
from reports.formatting import NONE, Table


def speed_rows(trials: Sequence[Trial]) -> list[list[str]]:
    """Return the rows of the environment on the machine's speed; none where it was not measured."""
    speed = machine_speed(trials)
    return [] if speed is None else [["speed", speed_words(speed)]]


def speed_table(trials: Sequence[Trial]) -> Table:
    """Return the speed in each block."""
    rows = [
        [str(block + 1), f"{speed.one_core:.2f}", f"{speed.two_cores:.2f}", f"{speed.wake_up_us:.0f}"]
        for block, speed in speed_by_block(trials).items()
    ]
    return Table(["block", "one core, of the reference", "two cores", "wake-up µs"], rows or [[NONE] * 4])
