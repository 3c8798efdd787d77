"""One trial: deploy, preflight, warm-up, window, ledger, stop. A failure becomes the trial's record."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from benchmarks import availability
from benchmarks.deployment import PreflightError, RunningComponent, preflight
from benchmarks.load_files import LoadError, restarts_between
from benchmarks.loads import STOP_WITHIN_S, Deployed, TrialContext, load_fields, run_load
from benchmarks.plan import INTERRUPTED, PlannedTrial
from benchmarks.resource_usage import ProcessRoots
from benchmarks.results.command_lines import Timing, load_seed
from benchmarks.results.store.schema import Cell, Load
from benchmarks.results.store.trial_schema import OpenLoad, Trial
from benchmarks.subprocesses import Subprocess, SubprocessError
from benchmarks.validity import open_load_failure, with_validity

DEPLOY_WITHIN_S = 60.0
SERVICE = ("kafka", "flink", "flink-jobmanager", "flink-taskmanager", "functions")


@dataclass(frozen=True)
class TrialLoads:
    """The loads of a trial: its cell's, and an open loop after it where *open_rate_per_s* is given."""

    timing: Timing
    seed: int
    open_rate_per_s: float | None = None
    open_timing: Timing | None = None


def make_trial_record(context: TrialContext, cell: Cell, planned: PlannedTrial, loads: TrialLoads) -> Trial:
    """Make one trial of *cell*; return a failure as its record, raise only an interruption."""
    record = started_trial(planned).model_copy(update={"speed_before": context.measure_speed()})
    try:
        trial = record.model_copy(update=_measure(context, cell, planned, loads))
        trial = trial.model_copy(update={"speed_after": context.measure_speed()})
        return with_validity(trial, context.limits, cell.load)
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


def _measure(context: TrialContext, cell: Cell, planned: PlannedTrial, loads: TrialLoads) -> dict[str, Any]:
    name, seed = trial_name(planned), load_seed(loads.seed, planned.block)
    started_s = time.monotonic()
    with deployed(context, cell, name) as (endpoint, url):
        deploy_s = time.monotonic() - started_s
        client = preflight(url, keep_alive=availability.keeps_alive(cell))
        before = context.runtime.components()
        target = Deployed(endpoint, url, process_roots(context, before, endpoint))
        load = run_load(context, target, cell, name, loads.timing, seed)
        opened = measure_open(context, target, cell, name, loads, seed)
        looks = restart_counts(before), restart_counts(context.runtime.components())
    own = load_fields(context, load, looks)
    return own | {
        "deploy_s": deploy_s,
        "client": client,
        "restarts": restarts_between(*looks),
        "open": opened,
    }


def measure_open(
    context: TrialContext, target: Deployed, cell: Cell, name: str, loads: TrialLoads, seed: int
) -> OpenLoad | None:
    """Load the same deployment in an open loop, where the trial has one."""
    if loads.open_rate_per_s is None or loads.open_timing is None:
        return None
    opened = cell.model_copy(update={"load": Load(kind="open", rate_per_s=loads.open_rate_per_s)})
    before = restart_counts(context.runtime.components())
    load = run_load(context, target, opened, f"{name}-open", loads.open_timing, seed)
    looks = before, restart_counts(context.runtime.components())
    figures = OpenLoad(rate_per_s=loads.open_rate_per_s, **load_fields(context, load, looks))
    return figures.model_copy(update={"failure": open_load_failure(figures, context.limits)})


@contextmanager
def deployed(context: TrialContext, cell: Cell, name: str) -> Iterator[tuple[Subprocess, str]]:
    """Start an endpoint of *cell*, yield its process and URL, and stop it afterwards."""
    command = context.commands.endpoint(cell, context.runtime.data_dir)
    log = context.folder / "logs" / f"{name}-endpoint.log"
    endpoint = Subprocess("endpoint", command, log, context.commands.system_folder(cell.version))
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


def restart_counts(components: Sequence[RunningComponent]) -> dict[str, int]:
    """Return how often each of *components* had been started again."""
    return {one.component: one.restarts for one in components}
