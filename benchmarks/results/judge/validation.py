"""Validation of a stored run against its own samples."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.results.judge.capacity import slo_misses
from benchmarks.results.judge.window import Figures, figures
from benchmarks.results.store.schema import Run
from benchmarks.results.store.trial_schema import Probe, Trial


def contradictions(folder: Path, run: Run, trials: Sequence[Trial]) -> list[str]:
    """Return a sentence per stored figure that differs from its samples, and per unplanned trial."""
    return [line for trial in trials for line in trial_contradictions(folder, run, trial)]


def probe_contradictions(folder: Path, run: Run, probes: Sequence[Probe]) -> Iterator[str]:
    """Yield what is wrong with the records of probes: figures, and whether a rate was sustained."""
    for probe in probes:
        name = f"{probe.trial.cell} at {probe.rate_per_s:g}/s"
        yield from trial_contradictions(folder, run, probe.trial)
        missed = run.capacity and list(slo_misses(probe.trial, probe.backlog_growth, run.capacity.slo))
        if probe.sustained and (missed or not probe.trial.valid):
            yield f"{name}: is stored as sustained, but misses {missed or probe.trial.failure}"


def trial_contradictions(folder: Path, run: Run, trial: Trial) -> Iterator[str]:
    """Yield what is wrong with the record of *trial*."""
    name = f"{trial.cell}, block {trial.block}, attempt {trial.attempt}"
    if trial.cell not in {cell.name for cell in run.cells} or trial.block >= run.blocks:
        yield f"{name}: is not part of the plan"
    if trial.valid and trial.samples is None:
        yield f"{name}: is valid without samples"
    start_ns, end_ns = trial.window_start_ns, trial.window_end_ns
    if trial.samples and start_ns is not None and end_ns is not None:
        found = figure_contradictions(folder / trial.samples, trial, start_ns, end_ns)
        yield from (f"{name}: {difference}" for difference in found)


def figure_contradictions(samples: Path, trial: Trial, start_ns: int, end_ns: int) -> Iterator[str]:
    """Yield each figure of *trial* that differs from the one computed from *samples*."""
    try:
        again = figures(np.load(samples), start_ns, end_ns)
    except (OSError, ValueError, IndexError) as error:
        yield f"samples cannot be read: {error}"
        return
    for field in Figures.__dataclass_fields__:
        stored, computed = _plain(getattr(trial, field)), _plain(getattr(again, field))
        if not alike(stored, computed):
            yield f"{field} is stored as {stored} and computed as {computed}"


def alike(stored: Any, computed: Any) -> bool:
    """Return whether two figures are equal up to rounding."""
    if isinstance(stored, dict) and isinstance(computed, dict):
        return stored.keys() == computed.keys() and all(alike(stored[key], computed[key]) for key in stored)
    if isinstance(stored, float) and isinstance(computed, float):
        return bool(np.isclose(stored, computed, rtol=1e-9, atol=1e-9))
    return bool(stored == computed)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return value.model_dump() if hasattr(value, "model_dump") else value
