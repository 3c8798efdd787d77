"""One load of a trial: run it while the counters are read, and derive the fields that it determines."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from benchmarks.deployment import Runtime
from benchmarks.load_files import (
    LEDGER_FILE,
    LOAD_FILE,
    SAMPLES_FILE,
    LoadError,
    Restarts,
    ServiceRecord,
    counter_fields,
    events_of,
    read_json,
    read_samples,
    window_fields,
    write_readings,
    write_service,
)
from benchmarks.resource_usage import READ_EVERY_S, ProcessRoots, Reading, take_reading
from benchmarks.results.command_lines import CommandLines, Timing
from benchmarks.results.store.schema import Cell, Limits
from benchmarks.results.store.trial_schema import LedgerReport, MachineSpeed
from benchmarks.service_events import epoch_ahead_ns, read_checkpoints
from benchmarks.subprocesses import Subprocess

STOP_WITHIN_S = 15.0
AFTER_WINDOW_WITHIN_S = 90.0
"""For the start of the generator, the drain and the reads of the ledger."""

LooksAtRestarts = tuple[Restarts, Restarts]
"""How often each component had been started again before a load and after it."""
NO_LOOKS: LooksAtRestarts = ({}, {})


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
    write_readings(out, readings)
    return FinishedLoad(readings, out, read_json(out / LOAD_FILE))


def load_fields(
    context: TrialContext, load: FinishedLoad, restarts: LooksAtRestarts = NO_LOOKS
) -> dict[str, Any]:
    """Return the fields of `LoadFigures` that *load* determines, and store what they are derived from."""
    if load.document.get("cut"):
        raise LoadError("the load was stopped before its window ended")
    record = ServiceRecord(read_checkpoints(context.runtime.flink), epoch_ahead_ns(), *restarts)
    write_service(load.out, record)
    return {
        **window_fields(read_samples(load.out), load.document),
        **counter_fields(load.readings, load.document),
        "events": events_of(record, load.readings, load.document),
        "ledger": read_ledger(load.out / LEDGER_FILE),
        "samples": str((load.out / SAMPLES_FILE).relative_to(context.folder)),
    }


def read_ledger(file: Path) -> LedgerReport:
    """Return the ledger in *file*; its verdict is unknown where the file cannot be read."""
    try:
        return LedgerReport.model_validate(read_json(file))
    except (LoadError, ValidationError) as error:
        return unknown_ledger(str(error).splitlines()[0])


def unknown_ledger(reason: str) -> LedgerReport:
    """Return a ledger of which nothing is known, and why."""
    return LedgerReport(
        verdict="unknown", users=0, updates=0, lost=0, doubled=0, indeterminate=0, detail=[reason]
    )
