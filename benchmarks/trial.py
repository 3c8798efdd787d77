"""One trial: deploy, preflight, warm-up, window, ledger, stop. A failure becomes the trial's record."""

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
from benchmarks.deployment import PreflightError, RunningComponent, Runtime, preflight
from benchmarks.plan import INTERRUPTED, PlannedTrial
from benchmarks.resource_usage import (
    READ_EVERY_S,
    ProcessRoots,
    Reading,
    noise_between,
    take_reading,
    usage_between,
)
from benchmarks.results.command_lines import CommandLines, Timing, load_seed
from benchmarks.results.judge.window import figures
from benchmarks.results.store.schema import Cell, Event, LedgerReport, Limits, Trial
from benchmarks.service_events import checkpoint_events, epoch_ahead_ns, read_checkpoints, restart_events
from benchmarks.subprocesses import Subprocess, SubprocessError
from benchmarks.validity import with_validity

DEPLOY_WITHIN_S = 60.0
STOP_WITHIN_S = 15.0
AFTER_WINDOW_WITHIN_S = 90.0
"""For the start of the generator, the drain and the reads of the ledger."""
SERVICE = ("kafka", "flink", "flink-jobmanager", "flink-taskmanager", "functions")


class LoadError(Exception):
    """A load without a usable record."""


@dataclass(frozen=True)
class TrialContext:
    """The commands, folder, runtime, processes and limits of a trial."""

    commands: CommandLines
    folder: Path
    """That of the run."""
    runtime: Runtime
    ours: tuple[int, ...]
    """Root processes of everything that belongs to the run."""
    limits: Limits


@dataclass(frozen=True)
class LoadOutput:
    """Readings during a load, and the files that it wrote."""

    readings: list[Reading]
    out: Path
    document: dict[str, Any]


def make_trial_record(
    context: TrialContext, cell: Cell, planned: PlannedTrial, timing: Timing, seed: int
) -> Trial:
    """Make one trial of *cell*; return a failure as its record, raise only an interruption."""
    record = started_trial(planned)
    try:
        return with_validity(
            _measure(context, cell, planned, timing, seed, record), context.limits, cell.load
        )
    except (SubprocessError, PreflightError, LoadError) as error:
        return failed(record, str(error))
    except Exception as error:  # noqa: BLE001 (the one boundary: an error of ours must not end the run)
        return failed(record, f"{type(error).__name__}: {error}")


def started_trial(planned: PlannedTrial) -> Trial:
    """Return the record of a trial that has just started."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Trial(
        cell=planned.cell,
        block=planned.block,
        attempt=planned.attempt,
        valid=False,
        failure="not ended",
        started_at=now,
    )


def failed(trial: Trial, reason: str) -> Trial:
    """Return *trial* as failed for *reason*."""
    return trial.model_copy(update={"valid": False, "failure": reason})


def interrupted_trial(planned: PlannedTrial) -> Trial:
    """Return the record of a trial that was stopped from outside."""
    return failed(started_trial(planned), f"{INTERRUPTED}; made again when the run is resumed")


def trial_name(planned: PlannedTrial) -> str:
    """Return the name of a trial's files."""
    words = f"{planned.cell} {planned.label}".strip()
    cell = "".join(letter if letter.isalnum() else "-" for letter in words)
    return f"block-{planned.block}-{cell}-{planned.attempt}"


def _measure(
    context: TrialContext, cell: Cell, planned: PlannedTrial, timing: Timing, seed: int, record: Trial
) -> Trial:
    name = trial_name(planned)
    started_s = time.monotonic()
    with deployed(context, cell, name) as (endpoint, url):
        deploy_s = time.monotonic() - started_s
        client = preflight(url, keep_alive=availability.keeps_alive(cell))
        before = context.runtime.components()
        roots = process_roots(context, before, endpoint)
        load = run_load(context, cell, name, url, timing, load_seed(seed, planned.block), roots, endpoint)
        restarts = restarted(before, context.runtime.components())
        events = events_during(load, context.runtime.flink, restarts)
    known = {"deploy_s": deploy_s, "client": client, "restarts": restarts, "events": events}
    return record.model_copy(update=known | load_fields(context, load))


@contextmanager
def deployed(context: TrialContext, cell: Cell, name: str) -> Iterator[tuple[Subprocess, str]]:
    """Start an endpoint of *cell*, yield its process and URL, and stop it afterwards."""
    command = context.commands.endpoint(cell, context.runtime.data_dir)
    endpoint = Subprocess("endpoint", command, context.folder / "logs" / f"{name}-endpoint.log")
    try:
        yield endpoint, endpoint.wait_ready(DEPLOY_WITHIN_S)["endpoint"]
    finally:
        endpoint.stop(STOP_WITHIN_S)


def process_roots(
    context: TrialContext, components: Sequence[RunningComponent], endpoint: Subprocess
) -> ProcessRoots:
    """Return the root processes of every component of the service."""
    service = {one.component: one.pids for one in components if one.component in SERVICE}
    return ProcessRoots(components=service | {"endpoint": [endpoint.pid]}, ours=context.ours)


def restarted(before: Sequence[RunningComponent], after: Sequence[RunningComponent]) -> dict[str, int]:
    """Return which components were restarted between the states *before* and *after*, and how often."""
    counts = Counter({one.component: one.restarts for one in after})
    counts.subtract({one.component: one.restarts for one in before})
    return {name: times for name, times in counts.items() if times > 0}


def events_during(load: LoadOutput, flink: str | None, restarts: Iterable[str]) -> list[Event]:
    """Return the checkpoints during *load*, and when the components in *restarts* stopped."""
    t0_ns, start_ns, end_ns = (load.document[name] for name in ("t0_ns", "window_start_ns", "window_end_ns"))
    checkpoints = checkpoint_events(read_checkpoints(flink), epoch_ahead_ns(), t0_ns, start_ns, end_ns)
    return [*checkpoints, *restart_events(load.readings, restarts, start_ns)]


def run_load(
    context: TrialContext,
    cell: Cell,
    name: str,
    url: str,
    timing: Timing,
    seed: int,
    roots: ProcessRoots,
    endpoint: Subprocess,
) -> LoadOutput:
    """Load the endpoint at *url*, reading the counters of *roots* until the load ends."""
    out = context.folder / "samples" / name
    out.mkdir(parents=True, exist_ok=True)
    command = context.commands.load(cell, url, seed, timing, context.limits, out)
    load = Subprocess("load", command, context.folder / "logs" / f"{name}-load.log")
    roots = ProcessRoots({**roots.components, "generator": [load.pid]}, roots.ours)
    readings: list[Reading] = []

    def take() -> None:
        for part, ended in (("endpoint", endpoint.has_ended()), ("runtime", context.runtime.has_ended())):
            if ended:
                raise LoadError(f"the {part} ended under load; see its log in {context.folder / 'logs'}")
        readings.append(take_reading(roots))

    try:
        load.wait(timing.longest_s + AFTER_WINDOW_WITHIN_S, take, READ_EVERY_S)
    finally:
        load.stop(STOP_WITHIN_S)
    return LoadOutput(readings, out, read_json(out / "load.json"))


def load_fields(context: TrialContext, load: LoadOutput) -> dict[str, Any]:
    """Return the fields of a `Trial` that *load* determines."""
    if load.document.get("cut"):
        raise LoadError("the load was stopped before its window ended")
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
        "samples": str((load.out / "samples.npy").relative_to(context.folder)),
    }


def read_json(file: Path) -> dict[str, Any]:
    """Return the object in *file*; raise `LoadError` where there is none."""
    try:
        document: dict[str, Any] = json.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise LoadError(f"the load wrote no usable {file.name}: {error}") from error
    return document


def read_ledger(file: Path) -> LedgerReport:
    """Return the ledger in *file*; its verdict is unknown where the file cannot be read."""
    try:
        return LedgerReport.model_validate(read_json(file))
    except (LoadError, ValidationError) as error:
        reason = str(error).splitlines()[0]
        return LedgerReport(
            verdict="unknown", users=0, updates=0, lost=0, doubled=0, indeterminate=0, detail=[reason]
        )
