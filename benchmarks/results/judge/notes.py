"""Sentences on the limits of the results of a run."""

from collections.abc import Iterator, Sequence

import numpy as np

from benchmarks.results.judge.blocks import blocks_made, control_interval, mean_over_blocks, valid_blocks
from benchmarks.results.judge.machine import machine_speed, speed_words, unequal_blocks
from benchmarks.results.judge.metrics import CPU, Metric
from benchmarks.results.judge.ranks import Ranking
from benchmarks.results.judge.sequential import difference_found
from benchmarks.results.judge.verdicts import FACTOR, noise_floor
from benchmarks.results.store.schema import Run
from benchmarks.results.store.trial_schema import Trial

STEADY = 1.1
"""A window whose last third has at most this many times the throughput of its first is steady."""
CPU_FLOOR = 0.05
"""Equal cells that differ by more in CPU per request were measured on too noisy a machine."""


def notes(run: Run, trials: Sequence[Trial], metric: Metric, ranking: Ranking) -> list[str]:
    """Return the notes: what the run cannot resolve, what it left out, and what disturbed it."""
    blocks, noise = blocks_made(run, trials), ranking.residual_sd
    return [
        *([resolution(len(ranking.cells), blocks, noise)] if np.isfinite(noise) and noise > 0 else []),
        *ending_notes(run, blocks),
        *(f"{left.cell} is left out: {left.reason}" for left in run.left_out),
        *speed_notes(trials),
        *control_notes(run, trials, metric),
        *drift_notes(trials),
        *warm_up_notes(trials),
        *complaint_notes(trials),
        *noise_notes(trials),
    ]


def resolution(cells: int, blocks: int, noise: float) -> str:
    """Return the least difference that *blocks* blocks of *cells* cells resolve at *noise*, in words."""
    least = difference_found(cells, blocks, noise)
    size = f"{least:.0%}" if least < FACTOR - 1 else f"{1 + least:.3g} times"
    return (
        f"{blocks} blocks of {cells} cells show a difference of {size} or more four times in five, "
        f"at a noise of {noise:.1%} from block to block."
    )


def ending_notes(run: Run, blocks: int) -> Iterator[str]:
    """Yield why a run that ends when it is decided ended."""
    if run.ended == "decided":
        yield f"The run ended after {blocks} blocks, since every comparison with {run.reference} was decided."
    elif run.ended == "budget":
        yield f"The time ended after {blocks} of at most {run.blocks} blocks; what is unknown needs more."
    elif run.ended == "blocks":
        yield f"The run made all of its {blocks} blocks; what is unknown needs more."


def speed_notes(trials: Sequence[Trial]) -> Iterator[str]:
    """Yield how fast the machine was by the reference machine, and whether that changed between blocks."""
    speed, unequal = machine_speed(trials), unequal_blocks(trials)
    if speed is not None:
        yield f"This machine ran at {speed_words(speed)}."
    if unequal is not None:
        yield (
            f"Its speed changed from block to block: by {unequal.kernel} from {unequal.slowest:.2f} of the "
            f"reference in block {unequal.slowest_block + 1} to {unequal.fastest:.2f} in block "
            f"{unequal.fastest_block + 1}. Ratios are taken within a block; absolute figures are less sure."
        )


def control_notes(run: Run, trials: Sequence[Trial], metric: Metric) -> Iterator[str]:
    """Yield what the A/A pair shows of the machine's noise."""
    control = control_interval(run, trials, metric)
    if control is None:
        yield "No cell is entered twice (A/A), so this run does not know the noise between equal cells."
    elif control.low > 1 or control.high < 1:
        yield (
            f"The A/A pair differs from itself ({control.ratio:.3f} times the {metric.name}, 95 % interval "
            f"{control.low:.3f} to {control.high:.3f}): too noisy a machine to trust small differences."
        )
    floor = noise_floor(control_interval(run, trials, CPU))
    if floor is not None and floor > CPU_FLOOR:
        yield (
            f"The A/A pair's CPU per request differs by {floor:.1%}: this machine was too noisy, "
            f"with {disturbances(trials)}."
        )


def drift_notes(trials: Sequence[Trial]) -> list[str]:
    """Return a sentence per cell whose throughput rose or fell throughout its windows."""
    cells = dict.fromkeys(trial.cell for trial in trials if trial.valid)
    drifts = {cell: mean_over_blocks(valid_blocks(trials, cell, lambda trial: trial.drift)) for cell in cells}
    return [
        f"{cell} had no steady state: its windows end with {drift:.2f} times the throughput they begin with."
        for cell, drift in drifts.items()
        if drift is not None and not 1 / STEADY < drift < STEADY
    ]


def warm_up_notes(trials: Sequence[Trial]) -> Iterator[str]:
    """Yield how many windows began before throughput was steady, where warm-ups were to end steady."""
    asked = [trial for trial in trials if trial.valid and trial.steady is not None]
    unsteady = sum(trial.steady is False for trial in asked)
    if unsteady:
        yield f"In {unsteady} of {len(asked)} trials throughput was not steady at the bound of the warm-up."


def complaint_notes(trials: Sequence[Trial]) -> Iterator[str]:
    """Yield the generator's complaints about valid trials, which are those of closed loops."""
    concerned = [trial for trial in trials if trial.valid and trial.complaints]
    if concerned:
        yield (
            f"In {len(concerned)} trials the generator reports that its load was not exactly as asked for; "
            f"of {concerned[0].cell} in block {concerned[0].block + 1}: {concerned[0].complaints[0]}"
        )


def noise_notes(trials: Sequence[Trial]) -> Iterator[str]:
    """Yield a sentence per kind of disturbance during the windows."""
    foreign, steal = median_noise(trials)
    if foreign > 0.05:
        yield f"Other programs used {foreign:.0%} of the processors in the median window."
    if steal > 0.02:
        yield f"The host took {steal:.0%} of the processors away (steal)."


def disturbances(trials: Sequence[Trial]) -> str:
    """Return a phrase on CPU time of other programs, steal and load."""
    foreign, steal = median_noise(trials)
    load = max((trial.noise.load_1min for trial in trials if trial.noise), default=0.0)
    return f"other programs on {foreign:.0%} of its processors, steal at {steal:.0%}, load up to {load:.1f}"


def median_noise(trials: Sequence[Trial]) -> tuple[float, float]:
    """Return the foreign CPU and the steal of the median window, as fractions of all processors."""
    noises = [trial.noise for trial in trials if trial.noise]
    if not noises:
        return 0.0, 0.0
    foreign = np.median([noise.foreign_cpu_fraction for noise in noises])
    return float(foreign), float(np.median([noise.steal_fraction for noise in noises]))
