"""One load of a trial: run it while the counters are read, and derive the fields that it determines."""

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from benchmarks.deployment import Runtime
from benchmarks.resource_usage import (
    READ_EVERY_S,
    ProcessRoots,
    Reading,
    noise_between,
    take_reading,
    usage_between,
)
from benchmarks.results.command_lines import CommandLines, Timing
from benchmarks.results.judge.window import figures
from benchmarks.results.store.schema import Cell, Limits
from benchmarks.results.store.trial_schema import Event, LedgerReport, MachineSpeed
from benchmarks.service_events import checkpoint_events, epoch_ahead_ns, read_checkpoints, restart_events
from benchmarks.subprocesses import Subprocess

STOP_WITHIN_S = 15.0
AFTER_WINDOW_WITHIN_S = 90.0
"""For the start of the generator, the drain and the reads of the ledger."""
READINGS_FILE = "readings.json"


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
    measure_speed: Callable[[], MachineSpeed]


@dataclass(frozen=True)
class Deployed:
    """A running endpoint of a trial: its process, its URL, and the processes of every component."""

    endpoint: Subprocess
    url: str
    roots: ProcessRoots


@dataclass(frozen=True)
class FinishedLoad:
    """Readings during a load, and the files that it wrote."""

    readings: list[Reading]
    out: Path
    document: dict[str, Any]


def events_during(load: FinishedLoad, flink: str | None, restarts: Iterable[str]) -> list[Event]:
    """Return the checkpoints during *load*, and when the components in *restarts* stopped."""
    t0_ns, start_ns, end_ns = (load.document[name] for name in ("t0_ns", "window_start_ns", "window_end_ns"))
    checkpoints = checkpoint_events(read_checkpoints(flink), epoch_ahead_ns(), t0_ns, start_ns, end_ns)
    return [*checkpoints, *restart_events(load.readings, restarts, start_ns)]


def run_load(
    context: TrialContext, deployed: Deployed, cell: Cell, name: str, timing: Timing, seed: int
) -> FinishedLoad:
    """Load a deployed endpoint as *cell* says, reading the counters of all processes until the load ends."""
    out = context.folder / "samples" / name
    out.mkdir(parents=True, exist_ok=True)
    command = context.commands.load(cell, deployed.url, seed, timing, context.limits, out)
    load = Subprocess("load", command, context.folder / "logs" / f"{name}-load.log")
    roots = ProcessRoots({**deployed.roots.components, "generator": [load.pid]}, deployed.roots.ours)
    readings: list[Reading] = []
    parts = {"endpoint": deployed.endpoint.has_ended, "runtime": context.runtime.has_ended}

    def take() -> None:
        for part, has_ended in parts.items():
            if has_ended():
                raise LoadError(f"the {part} ended under load; see its log in {context.folder / 'logs'}")
        readings.append(take_reading(roots))

    try:
        load.wait(timing.longest_s + AFTER_WINDOW_WITHIN_S, take, READ_EVERY_S)
    finally:
        load.stop(STOP_WITHIN_S)
    (out / READINGS_FILE).write_text(json.dumps([asdict(reading) for reading in readings]))
    return FinishedLoad(readings, out, read_json(out / "load.json"))


def load_fields(context: TrialContext, load: FinishedLoad, restarts: Iterable[str]) -> dict[str, Any]:
    """Return the fields of `LoadFigures` that *load* determines."""
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
        "events": events_during(load, context.runtime.flink, restarts),
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
