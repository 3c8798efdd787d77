"""Trials and probes computed again from the files of their loads."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from benchmarks.capacity_search import growth_of, judged_probe
from benchmarks.load_files import (
    CREDITS_FILE,
    LOAD_FILE,
    READINGS_FILE,
    SERVICE_FILE,
    LoadError,
    counter_fields,
    events_of,
    judged_ledger,
    read_json,
    read_readings,
    read_service,
    window_fields,
)
from benchmarks.results.judge.window import Samples
from benchmarks.results.store.schema import SCHEMA_VERSION, CapacityPlan, Load, Run
from benchmarks.results.store.trial_schema import LoadFigures, OpenLoad, Probe, Trial
from benchmarks.validity import open_load_failure, with_validity

Loaded = TypeVar("Loaded", bound=LoadFigures)


@dataclass
class StoredRun:
    """A stored run, and the files that older versions did not write (file -> how many loads lack it)."""

    folder: Path
    run: Run
    version: object
    """The schema version in which it was stored."""
    lacking: dict[str, int] = field(default_factory=dict)

    @property
    def is_old(self) -> bool:
        """Whether it was stored before percentiles counted failed requests, and without raw counters."""
        return self.version != SCHEMA_VERSION

    def accept_lack(self, file: Path) -> bool:
        """Return whether *file* is missing because the run is old, and count it."""
        if not self.is_old or file.exists():
            return False
        self.lacking[file.name] = self.lacking.get(file.name, 0) + 1
        return True


def recomputed_load(stored: StoredRun, load: Loaded) -> tuple[Loaded, dict[str, Any]]:
    """Return *load* with each field that its files determine, and the fields of its service.

    Raise `LoadError` where a file is missing or cannot be read; a file that an old run does not have leaves
    its fields as they are stored.
    """
    samples = load_samples(stored.folder, load)
    out = (stored.folder / str(load.samples)).parent
    if stored.accept_lack(out / LOAD_FILE):
        return load, {}
    document = read_json(out / LOAD_FILE)
    fields = window_fields(samples, document, np.nan if stored.is_old else np.inf)
    if not stored.accept_lack(out / CREDITS_FILE) and not lacks_ledger(out, load):
        fields["ledger"] = judged_ledger(out, samples)
    if stored.accept_lack(out / READINGS_FILE) or stored.accept_lack(out / SERVICE_FILE):
        return load.model_copy(update=fields), {}
    readings, service = read_readings(out), read_service(out)
    fields |= counter_fields(readings, document) | {"events": events_of(service, readings, document)}
    return load.model_copy(update=fields), {"restarts": service.restarts}


def lacks_ledger(out: Path, load: LoadFigures) -> bool:
    """Return whether *load* ended without credits, so that its ledger is stored as unknown."""
    unknown = load.ledger is not None and load.ledger.verdict == "unknown"
    return unknown and not (out / CREDITS_FILE).exists()


def load_samples(folder: Path, load: LoadFigures) -> Samples:
    """Return the samples of *load*; raise `LoadError` where they cannot be read."""
    try:
        samples: Samples = np.load(folder / str(load.samples))
    except (OSError, ValueError) as error:
        raise LoadError(f"samples cannot be read: {error}") from error
    return samples


def recomputed_trial(stored: StoredRun, trial: Trial, load: Load, opened: float | None) -> Trial:
    """Return *trial* of *load* as its files make it; *opened* is the rate of its open loop, if it has one."""
    again, service = recomputed_load(stored, trial)
    again = again.model_copy(update=service)
    if trial.open is not None and trial.open.samples is not None:
        again = again.model_copy(update={"open": recomputed_open(stored, trial.open, opened)})
    return again if stored.is_old else with_validity(again, stored.run.limits, load)


def recomputed_open(stored: StoredRun, opened: OpenLoad, rate_per_s: float | None) -> OpenLoad:
    """Return the open loop of a trial as its files make it."""
    again, _ = recomputed_load(stored, opened)
    again = again.model_copy(update={"rate_per_s": rate_per_s})
    return again.model_copy(update={"failure": open_load_failure(again, stored.run.limits)})


def recomputed_probe(stored: StoredRun, plan: CapacityPlan, probe: Probe) -> Probe:
    """Return *probe*, whose trial is recomputed already, with its outcome."""
    if stored.is_old:
        return probe
    again = probe.model_copy(update={"backlog_growth": growth_of(stored.folder, probe.trial)})
    return judged_probe(again, plan.slo, stored.run.limits)
