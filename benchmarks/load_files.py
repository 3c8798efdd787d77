"""The files that a load leaves in its folder, and the fields of a trial that they determine.

A run derives the fields from the files just as `validate` does later.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.resource_usage import Machine, Reading, Switches, Totals, noise_between, usage_between
from benchmarks.results.judge.window import Samples, figures
from benchmarks.results.store.trial_schema import Event, LedgerReport
from benchmarks.service_events import Checkpoint, checkpoint_events, restart_events
from loadtests.ledger.credits import judge_credits, parse_credits

SAMPLES_FILE, LOAD_FILE, LEDGER_FILE = "samples.npy", "load.json", "ledger.json"
CREDITS_FILE, READINGS_FILE, SERVICE_FILE = "credits.json", "readings.json", "service.json"

Restarts = Mapping[str, int]
"""Component -> how often it was started again, since its supervisor runs or between two looks."""


class LoadError(Exception):
    """A load without a usable record."""


@dataclass(frozen=True)
class ServiceRecord:
    """What Flink and the supervisors reported about a load."""

    checkpoints: Sequence[Checkpoint]
    epoch_ahead_ns: int
    """By how much the wall clock of the checkpoints is ahead of the clock of the samples."""
    restarts_before: Restarts
    restarts_after: Restarts

    @property
    def restarts(self) -> dict[str, int]:
        """Return which components were started again in between, and how often."""
        return restarts_between(self.restarts_before, self.restarts_after)


def restarts_between(before: Restarts, after: Restarts) -> dict[str, int]:
    """Return which components were started again between two looks, and how often."""
    more = {name: times - before.get(name, 0) for name, times in after.items()}
    return {name: times for name, times in more.items() if times > 0}


def write_json(file: Path, document: object) -> None:
    """Write *document* into *file*."""
    file.write_text(json.dumps(document) + "\n")


def write_readings(out: Path, readings: Sequence[Reading]) -> None:
    """Write the *readings* of all counters during a load."""
    write_json(out / READINGS_FILE, [asdict(reading) for reading in readings])


def write_service(out: Path, record: ServiceRecord) -> None:
    """Write what was reported about a load."""
    write_json(out / SERVICE_FILE, asdict(record))


def read_json(file: Path) -> Any:
    """Return the document in *file*; raise `LoadError` where there is none."""
    try:
        return json.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise LoadError(f"the load wrote no usable {file.name}: {error}") from error


def read_samples(out: Path) -> Samples:
    """Return the samples of a load; raise `LoadError` where there are none."""
    try:
        samples: Samples = np.load(out / SAMPLES_FILE)
    except (OSError, ValueError) as error:
        raise LoadError(f"the load wrote no usable {SAMPLES_FILE}: {error}") from error
    return samples


def read_readings(out: Path) -> list[Reading]:
    """Return the readings during a load; raise `LoadError` where there are none."""
    try:
        return [_reading(one) for one in read_json(out / READINGS_FILE)]
    except (KeyError, TypeError, AttributeError) as error:
        raise LoadError(f"{READINGS_FILE} has other fields: {error}") from error


def _reading(stored: Any) -> Reading:
    parts = {
        name: Totals(**one | {"switches": Switches(**one["switches"])})
        for name, one in stored["components"].items()
    }
    return Reading(**stored | {"components": parts, "machine": Machine(**stored["machine"])})


def read_service(out: Path) -> ServiceRecord:
    """Return what was reported about a load; raise `LoadError` where there is nothing."""
    try:
        return ServiceRecord(**read_json(out / SERVICE_FILE))
    except TypeError as error:
        raise LoadError(f"{SERVICE_FILE} has other fields: {error}") from error


def judged_ledger(out: Path, samples: Samples) -> LedgerReport:
    """Return the ledger of a load, judged from its credits; raise `LoadError` where there are none."""
    try:
        parts = parse_credits((out / CREDITS_FILE).read_text())
        return LedgerReport.model_validate(asdict(judge_credits(samples, parts)))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LoadError(f"the load wrote no usable {CREDITS_FILE}: {error}") from error


def window_of(document: Mapping[str, Any]) -> tuple[int, int]:
    """Return start and end of the window of a load."""
    return document["window_start_ns"], document["window_end_ns"]


def window_fields(samples: Samples, document: Mapping[str, Any], failed_ms: float = np.inf) -> dict[str, Any]:
    """Return the fields that samples and `load.json` determine; a failed request takes *failed_ms*."""
    start_ns, end_ns = window_of(document)
    return {
        **vars(figures(samples, start_ns, end_ns, failed_ms)),
        "warm_up_s": (start_ns - document["t0_ns"]) / 1e9,
        "steady": document.get("steady"),
        "complaints": document.get("invalid", []),
        "window_s": (end_ns - start_ns) / 1e9,
        "window_start_ns": start_ns,
        "window_end_ns": end_ns,
    }


def counter_fields(readings: Sequence[Reading], document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that the readings of the counters determine."""
    window = window_of(document)
    return {"usage": usage_between(readings, *window), "noise": noise_between(readings, *window)}


def events_of(record: ServiceRecord, readings: Sequence[Reading], document: Mapping[str, Any]) -> list[Event]:
    """Return the checkpoints during a load, and when the components that were started again stopped."""
    start_ns, end_ns = window_of(document)
    checkpoints = checkpoint_events(
        record.checkpoints, record.epoch_ahead_ns, document["t0_ns"], start_ns, end_ns
    )
    return [*checkpoints, *restart_events(readings, record.restarts, start_ns)]
