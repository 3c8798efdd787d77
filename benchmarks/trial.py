"""One trial: deploy, preflight, load with warm-up and window, ledger, stop; what fails becomes its record."""

import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from benchmarks import availability
from benchmarks.deployment import PreflightError, RunningSystem, Runtime, preflight
from benchmarks.plan import INTERRUPTED, PlannedTrial
from benchmarks.resource_usage import (
    READ_EVERY_S,
    Reading,
    Watched,
    noise_between,
    take_reading,
    usage_between,
)
from benchmarks.results.command_lines import CommandLines, Timing, load_seed
from benchmarks.results.judge.window import figures
from benchmarks.results.store.schema import Cell, Event, LedgerReport, Limits, Trial
from benchmarks.service_events import ask_checkpoints, checkpoint_events, epoch_ahead_ns, restart_events
from benchmarks.subprocesses import Subprocess, SubprocessError
from benchmarks.validity import judged

DEPLOY_WITHIN_S = 60.0
STOP_WITHIN_S = 15.0
AFTER_WINDOW_WITHIN_S = 90.0
"""Start of the generator, drain and the ledger's reads."""
SERVICE = ("kafka", "flink", "flink-jobmanager", "flink-taskmanager", "functions")


class LoadError(Exception):
    """A load that left no usable record."""


@dataclass(frozen=True)
class Site:
    """Where a trial takes place."""

    commands: CommandLines
    folder: Path
    """The run's."""
    runtime: Runtime
    ours: tuple[int, ...]
    """Processes above all that belongs to the run."""
    limits: Limits


@dataclass(frozen=True)
class MadeLoad:
    """What a load left behind."""

    readings: list[Reading]
    out: Path
    document: dict[str, Any]


def make_trial_record(site: Site, cell: Cell, step: PlannedTrial, timing: Timing, seed: int) -> Trial:
    """Make one trial of *cell*; a failure is returned as its record, only an interruption is raised."""
    blank = blank_trial(step)
    try:
        return judged(_measured(site, cell, step, timing, seed, blank), site.limits, cell.load)
    except (SubprocessError, PreflightError, LoadError) as error:
        return failed(blank, str(error))
    except Exception as error:  # noqa: BLE001 (the one boundary: an error of ours must not end the run)
        return failed(blank, f"{type(error).__name__}: {error}")


def blank_trial(step: PlannedTrial) -> Trial:
    """Return the record of a trial that has just begun."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Trial(
        cell=step.cell,
        block=step.block,
        attempt=step.attempt,
        valid=False,
        failure="not ended",
        started_at=now,
    )


def failed(trial: Trial, reason: str) -> Trial:
    """Return *trial* as failed for *reason*."""
    return trial.model_copy(update={"valid": False, "failure": reason})


def cut_off(step: PlannedTrial) -> Trial:
    """Return the record of a trial that was interrupted from outside."""
    return failed(blank_trial(step), f"{INTERRUPTED}; made again when the run is resumed")


def trial_name(step: PlannedTrial) -> str:
    """Return the name of a trial's files."""
    words = f"{step.cell} {step.label}".strip()
    cell = "".join(letter if letter.isalnum() else "-" for letter in words)
    return f"block-{step.block}-{cell}-{step.attempt}"


def _measured(site: Site, cell: Cell, step: PlannedTrial, timing: Timing, seed: int, blank: Trial) -> Trial:
    name = trial_name(step)
    begun = time.monotonic()
    with deployed(site, cell, name) as (endpoint, url):
        deploy_s = time.monotonic() - begun
        client = preflight(url, keep_alive=availability.keeps_alive(cell))
        before = site.runtime.components()
        watched = watch(site, before, endpoint)
        load = run_load(site, cell, name, url, timing, load_seed(seed, step.block), watched, endpoint)
        again = restarted(before, site.runtime.components())
        events = events_during(load, site.runtime.flink, again)
    known = {"deploy_s": deploy_s, "client": client, "restarts": again, "events": events}
    return blank.model_copy(update=known | recorded(site, load))


@contextmanager
def deployed(site: Site, cell: Cell, name: str) -> Iterator[tuple[Subprocess, str]]:
    """Start an endpoint of *cell*; give its process and address, and stop it afterwards."""
    command = site.commands.endpoint(cell, site.runtime.data_dir)
    endpoint = Subprocess("endpoint", command, site.folder / "logs" / f"{name}-endpoint.log")
    try:
        yield endpoint, endpoint.wait_ready(DEPLOY_WITHIN_S)["endpoint"]
    finally:
        endpoint.stop(STOP_WITHIN_S)


def watch(site: Site, standings: Sequence[RunningSystem], endpoint: Subprocess) -> Watched:
    """Return the processes of every component of the service."""
    service = {one.component: one.pids for one in standings if one.component in SERVICE}
    return Watched(components=service | {"endpoint": [endpoint.pid]}, ours=site.ours)


def restarted(before: Sequence[RunningSystem], after: Sequence[RunningSystem]) -> dict[str, int]:
    """Return which components were started again between two looks, and how often."""
    counts = Counter({one.component: one.restarts for one in after})
    counts.subtract({one.component: one.restarts for one in before})
    return {name: times for name, times in counts.items() if times > 0}


def events_during(load: MadeLoad, flink: str | None, again: Iterable[str]) -> list[Event]:
    """Return the checkpoints of *load*, and when the components that were started *again* went away."""
    t0_ns, start_ns, end_ns = (load.document[name] for name in ("t0_ns", "window_start_ns", "window_end_ns"))
    checkpoints = checkpoint_events(ask_checkpoints(flink), epoch_ahead_ns(), t0_ns, start_ns, end_ns)
    return [*checkpoints, *restart_events(load.readings, again, start_ns)]


def run_load(
    site: Site,
    cell: Cell,
    name: str,
    url: str,
    timing: Timing,
    seed: int,
    watched: Watched,
    endpoint: Subprocess,
) -> MadeLoad:
    """Load the endpoint at *url*, reading the counters of what is *watched* all through it."""
    out = site.folder / "samples" / name
    out.mkdir(parents=True, exist_ok=True)
    command = site.commands.load(cell, url, seed, timing, site.limits, out)
    load = Subprocess("load", command, site.folder / "logs" / f"{name}-load.log")
    watched = Watched({**watched.components, "generator": [load.pid]}, watched.ours)
    readings: list[Reading] = []

    def look() -> None:
        for part, ended in (("endpoint", endpoint.has_ended()), ("runtime", site.runtime.has_ended())):
            if ended:
                raise LoadError(f"the {part} ended under load; its last words are in {site.folder / 'logs'}")
        readings.append(take_reading(watched))

    try:
        load.wait(timing.longest_s + AFTER_WINDOW_WITHIN_S, look, READ_EVERY_S)
    finally:
        load.stop(STOP_WITHIN_S)
    return MadeLoad(readings, out, read_json(out / "load.json"))


def recorded(site: Site, load: MadeLoad) -> dict[str, Any]:
    """Return the fields of a `Trial` that *load* determines."""
    if load.document.get("cut"):
        raise LoadError("the load was cut off before its window ended")
    start_ns, end_ns = load.document["window_start_ns"], load.document["window_end_ns"]
    warm_up_ns = start_ns - load.document["t0_ns"]
    samples = np.load(load.out / "samples.npy")
    return {
        **vars(figures(samples, start_ns, end_ns)),
        "warm_up_s": warm_up_ns / 1e9,
        "steady": load.document.get("steady"),
        "complaints": load.document.get("invalid", []),
        "window_s": (end_ns - start_ns) / 1e9,
        "window_start_ns": start_ns,
        "window_end_ns": end_ns,
        "usage": usage_between(load.readings, start_ns, end_ns),
        "noise": noise_between(load.readings, start_ns, end_ns),
        "ledger": read_ledger(load.out / "ledger.json"),
        "samples": str((load.out / "samples.npy").relative_to(site.folder)),
    }


def read_json(file: Path) -> dict[str, Any]:
    """Return the object in *file*; raise `LoadError` where there is none."""
    try:
        document: dict[str, Any] = json.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise LoadError(f"the load left no usable {file.name}: {error}") from error
    return document


def read_ledger(file: Path) -> LedgerReport:
    """Return the ledger in *file*; one that cannot be read is unknown, never valid."""
    try:
        return LedgerReport.model_validate(read_json(file))
    except (LoadError, ValidationError) as error:
        said = str(error).splitlines()[0]
        return LedgerReport(
            verdict="unknown", users=0, updates=0, lost=0, doubled=0, indeterminate=0, detail=[said]
        )
