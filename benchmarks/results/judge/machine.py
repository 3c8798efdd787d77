"""Speed of the machine during a run, from the readings before and after each trial."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import mean, median

from benchmarks.results.store.trial_schema import MachineSpeed, Trial

BLOCKS_DIFFER = 0.15
"""Relative difference between the fastest and the slowest block from which a reader is warned."""


@dataclass(frozen=True)
class SpeedRange:
    """The slowest and the fastest block by one kernel."""

    kernel: str
    slowest_block: int
    slowest: float
    fastest_block: int
    fastest: float

    @property
    def difference(self) -> float:
        """By how much the fastest block exceeds the slowest: 0.2 is 20 %."""
        return self.fastest / self.slowest - 1


def readings(trials: Iterable[Trial]) -> list[MachineSpeed]:
    """Return all readings around *trials*, valid or not, since each is of the machine alone."""
    return [one for trial in trials for one in (trial.speed_before, trial.speed_after) if one is not None]


def machine_speed(trials: Iterable[Trial]) -> MachineSpeed | None:
    """Return the median of each kernel over all readings; None where the run has none."""
    found = readings(trials)
    if not found:
        return None
    return MachineSpeed(
        one_core=median(one.one_core for one in found),
        two_cores=median(one.two_cores for one in found),
        wake_up_us=median(one.wake_up_us for one in found),
    )


def speed_words(speed: MachineSpeed) -> str:
    """Return the three figures of *speed*."""
    return (
        f"{speed.one_core:.2f} of the reference (one core), {speed.two_cores:.2f} (two cores), "
        f"wake-up {speed.wake_up_us:.0f} µs"
    )


def speed_by_block(trials: Sequence[Trial]) -> dict[int, MachineSpeed]:
    """Return block -> the mean of its readings, for each block that has some."""
    found = {
        block: readings(trial for trial in trials if trial.block == block)
        for block in sorted({trial.block for trial in trials})
    }
    return {
        block: MachineSpeed(
            one_core=mean(one.one_core for one in several),
            two_cores=mean(one.two_cores for one in several),
            wake_up_us=mean(one.wake_up_us for one in several),
        )
        for block, several in found.items()
        if several
    }


def unequal_blocks(trials: Sequence[Trial]) -> SpeedRange | None:
    """Return the kernel by which blocks differ most, where that is more than `BLOCKS_DIFFER`."""
    blocks = speed_by_block(trials)
    if len(blocks) < 2:
        return None
    ranges = [
        speed_range("one core", {block: speed.one_core for block, speed in blocks.items()}),
        speed_range("two cores", {block: speed.two_cores for block, speed in blocks.items()}),
    ]
    widest = max(ranges, key=lambda one: one.difference)
    return widest if widest.difference > BLOCKS_DIFFER else None


def speed_range(kernel: str, by_block: dict[int, float]) -> SpeedRange:
    """Return the slowest and the fastest of *by_block*."""
    slowest, fastest = (choose(by_block, key=by_block.__getitem__) for choose in (min, max))
    return SpeedRange(kernel, slowest, by_block[slowest], fastest, by_block[fastest])
