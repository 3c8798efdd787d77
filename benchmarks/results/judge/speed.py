"""Speed of the machine during trials, as one number: 1 is the reference machine, 0.5 half as fast."""

from collections.abc import Sequence
from statistics import geometric_mean, median

from benchmarks.results.judge.metrics import Metric
from benchmarks.results.store.trial_schema import Trial


def trial_speed(trial: Trial) -> float | None:
    """Return the geometric mean of both kernels before and after *trial*; None where none was run."""
    speeds = [speed for speed in (trial.speed_before, trial.speed_after) if speed is not None]
    kernels = [value for speed in speeds for value in (speed.one_core, speed.two_cores)]
    return geometric_mean(kernels) if kernels else None


def at_reference_speed(metric: Metric, trial: Trial) -> float | None:
    """Return *metric* of *trial* as the reference machine would have it: a rate is higher, a time shorter."""
    value, speed = metric.of(trial), trial_speed(trial)
    if value is None or speed is None:
        return None
    return value / speed if metric.higher_is_better else value * speed


def median_speed(trials: Sequence[Trial]) -> float | None:
    """Return the median speed of the machine over *trials*; None where it was not measured."""
    speeds = [speed for trial in trials if (speed := trial_speed(trial)) is not None]
    return median(speeds) if speeds else None
