"""Validation of a stored run: every record is computed again from the files of its loads, and compared."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks.load_files import SAMPLES_FILE, LoadError
from benchmarks.next_probe import PlannedProbe, known_capacities, rounded
from benchmarks.open_rate import common_rate
from benchmarks.plan import PlannedTrial, interrupted
from benchmarks.recomputation import StoredRun, recomputed_probe, recomputed_trial
from benchmarks.results.command_lines import is_loaded_openly
from benchmarks.results.judge.capacity import slo_misses
from benchmarks.results.store.schema import CapacityPlan, Document, Load, Run
from benchmarks.results.store.trial_schema import LoadFigures, Probe, Trial
from benchmarks.trial import trial_name


def contradictions(stored: StoredRun, trials: Sequence[Trial], probes: Sequence[Probe]) -> list[str]:
    """Return a sentence per stored value that differs from what the run's files make it."""
    return [
        *run_contradictions(stored.run),
        *(line for place, trial in enumerate(trials) for line in _of_trial(stored, trials[:place], trial)),
        *probe_contradictions(stored, probes),
    ]


def notes(stored: StoredRun) -> Iterator[str]:
    """Yield what could not be computed again, because the version that stored the run did not keep it."""
    if stored.is_old:
        yield f"stored in schema {stored.version}: validity and outcomes are not computed again"
    for file, loads in stored.lacking.items():
        yield f"{loads} loads have no {file}: what it determines is not computed again"


def run_contradictions(run: Run) -> Iterator[str]:
    """Yield whether the rate of the open loops differs from the one that its pilot gives."""
    expected = common_rate(run.open, run.pilot_per_s) if run.open else None
    if run.open_rate_per_s != expected:
        yield f"run: open_rate_per_s is stored as {run.open_rate_per_s} and computed as {expected}"


def _of_trial(stored: StoredRun, before: Sequence[Trial], trial: Trial) -> Iterator[str]:
    name = f"{trial.cell}, block {trial.block}, attempt {trial.attempt}"
    cell = next((cell for cell in stored.run.cells if cell.name == trial.cell), None)
    if cell is None or trial.block >= stored.run.blocks:
        yield f"{name}: its cell or block is not part of the plan"
        return
    earlier = [one for one in before if (one.cell, one.block) == (trial.cell, trial.block)]
    place = trial_name(PlannedTrial(trial.cell, trial.block, trial.attempt))
    found = [
        *attempt_contradictions(earlier, trial),
        *record_contradictions(stored, trial, cell.load, place),
    ]
    yield from (f"{name}: {line}" for line in found)


def probe_contradictions(stored: StoredRun, probes: Sequence[Probe]) -> Iterator[str]:
    """Yield what is wrong with the records of *probes*."""
    plan = stored.run.capacity
    for place, probe in enumerate(probes):
        name = f"{probe.trial.cell} at {probe.rate_per_s:g}/s, {probe.stage}, block {probe.trial.block}"
        found = (
            ["the plan has no capacity"]
            if plan is None
            else _of_probe(stored, plan, probes, probes[:place], probe)
        )
        yield from (f"{name}: {line}" for line in found)


def _of_probe(
    stored: StoredRun, plan: CapacityPlan, probes: Sequence[Probe], before: Sequence[Probe], probe: Probe
) -> Iterator[str]:
    trial = probe.trial
    if trial.cell not in {cell.name for cell in stored.run.cells} or trial.block >= blocks_of(plan, probe):
        yield "its cell, block or stage is not part of the plan"
        return
    key = (probe.stage, probe.rate_per_s, probe.fraction, trial.cell, trial.block)
    earlier = [
        one.trial
        for one in before
        if (one.stage, one.rate_per_s, one.fraction, one.trial.cell, one.trial.block) == key
    ]
    planned = PlannedProbe(
        trial.cell, probe.stage, probe.rate_per_s, probe.fraction, trial.block, trial.attempt
    )
    place = trial_name(PlannedTrial(trial.cell, trial.block, trial.attempt, planned.label))
    yield from attempt_contradictions(earlier, trial)
    yield from rate_contradictions(stored, plan, probes, probe)
    load = Load(kind="open", rate_per_s=probe.rate_per_s)
    yield from (f"trial.{line}" for line in record_contradictions(stored, trial, load, place))
    yield from outcome_contradictions(stored, plan, probe)


def blocks_of(plan: CapacityPlan, probe: Probe) -> int:
    """Return how many blocks the stage of *probe* has."""
    return plan.search_blocks if probe.stage == "search" else plan.blocks


def rate_contradictions(
    stored: StoredRun, plan: CapacityPlan, probes: Sequence[Probe], probe: Probe
) -> Iterator[str]:
    """Yield that rate or fraction of a *probe* below the capacity is not the one that the capacities give."""
    if (probe.fraction is None) is (probe.stage == "fraction"):
        yield f"fraction is stored as {probe.fraction} in the stage {probe.stage}"
    found = known_capacities(stored.run, probes)
    if stored.is_old or probe.stage == "search" or probe.trial.cell not in found:
        return
    own = (probe.fraction or 0.0) * found[probe.trial.cell]
    expected = rounded(own if probe.stage == "fraction" else plan.common_fraction * min(found.values()))
    if probe.rate_per_s != expected:
        found_words = f"is stored as {probe.rate_per_s:g} and computed as {expected:g}"
        yield f"rate_per_s {found_words}, from stage and fraction"


def outcome_contradictions(stored: StoredRun, plan: CapacityPlan, probe: Probe) -> Iterator[str]:
    """Yield whether the outcome of *probe* differs from the one that its figures give."""
    missed = list(slo_misses(probe.trial, probe.backlog_growth, plan.slo))
    if stored.is_old and probe.sustained and (missed or not probe.trial.valid):
        yield f"is stored as sustained, but misses {missed or probe.trial.failure}"
    try:
        yield from differences(probe, recomputed_probe(stored, plan, probe))
    except (OSError, ValueError) as error:
        yield f"backlog_growth cannot be computed: {error}"


def attempt_contradictions(earlier: Sequence[Trial], trial: Trial) -> Iterator[str]:
    """Yield that the attempt of *trial* is not the one after those *earlier* ones of its cell and block."""
    expected = 1 + sum(not interrupted(one) for one in earlier)
    if trial.attempt != expected:
        yield f"attempt is stored as {trial.attempt} and computed as {expected}"


def record_contradictions(stored: StoredRun, trial: Trial, load: Load, place: str) -> Iterator[str]:
    """Yield what is wrong with the record of *trial*, whose files should lie in the folder *place*."""
    if trial.samples is None:
        yield from unmeasured_contradictions(trial)
        return
    opened = stored.run.open_rate_per_s if has_open_loop(stored.run, trial, load) else None
    if not stored.is_old:
        yield from place_contradictions(trial, place)
        if (trial.open is None) is not (opened is None):
            yield f"open is {'missing' if trial.open is None else 'not part of the plan'}"
    try:
        yield from differences(trial, recomputed_trial(stored, trial, load, opened))
    except LoadError as error:
        yield str(error)
    except (KeyError, IndexError, TypeError, ValueError) as error:
        yield f"the files of the load have other fields: {error!r}"


def has_open_loop(run: Run, trial: Trial, load: Load) -> bool:
    """Return whether *trial* has an open loop after its own *load*."""
    cell = next(cell for cell in run.cells if cell.name == trial.cell)
    return load == cell.load and is_loaded_openly(run, cell)


def unmeasured_contradictions(trial: Trial) -> Iterator[str]:
    """Yield what is wrong with the record of a *trial* that has no samples: it failed, and has no figure."""
    if trial.valid:
        yield "valid is stored as True, without samples"
    if trial.failure is None:
        yield "failure is missing, without samples"
    figures = [name for name in LoadFigures.model_fields if getattr(trial, name) != getattr(EMPTY, name)]
    if figures:
        yield f"samples is missing, but there are {', '.join(figures)}"


EMPTY = LoadFigures()


def place_contradictions(trial: Trial, place: str) -> Iterator[str]:
    """Yield that the samples of *trial* are not those of its cell, block, attempt and rate."""
    places = [("samples", trial.samples, place)]
    if trial.open is not None:
        places.append(("open.samples", trial.open.samples, f"{place}-open"))
    for field, found, folder in places:
        expected = f"samples/{folder}/{SAMPLES_FILE}"
        if found != expected:
            yield (
                f"{field} is stored as {found} and computed as {expected}, "
                "from cell, block, attempt, stage and rate_per_s"
            )


def differences(stored: Document, computed: Document) -> Iterator[str]:
    """Yield each value of *stored* that differs from the one *computed*, by its place in the record."""
    yield from _differences("", stored.model_dump(), computed.model_dump())


def _differences(place: str, stored: Any, computed: Any) -> Iterator[str]:
    if isinstance(stored, Mapping) and isinstance(computed, Mapping):
        for key in dict.fromkeys([*stored, *computed]):
            inside = f"{place}.{key}" if place else str(key)
            yield from _differences(inside, stored.get(key), computed.get(key))
    elif not alike(stored, computed):
        yield f"{place} is stored as {stored} and computed as {computed}"


def alike(stored: Any, computed: Any) -> bool:
    """Return whether two values are equal up to rounding."""
    if isinstance(stored, float) and isinstance(computed, float):
        return bool(np.isclose(stored, computed, rtol=1e-9, atol=1e-9))
    return bool(stored == computed)
