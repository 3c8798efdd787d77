"""Search for the highest rate that each cell sustains, and response times at rates below it."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.deployment import Runtimes
from benchmarks.next_probe import PlannedProbe, next_probe
from benchmarks.plan import PlannedTrial
from benchmarks.progress import probe_outcome
from benchmarks.results.command_lines import Timing
from benchmarks.results.judge.capacity import backlog_growth, slo_misses
from benchmarks.results.store.files import append_probe, read_probes
from benchmarks.results.store.schema import CapacityPlan, Cell, Limits, Load, Slo
from benchmarks.results.store.trial_schema import Probe, Trial
from benchmarks.run_context import RunContext, make_trial
from benchmarks.trial import TrialLoads
from benchmarks.validity import spoil_reasons
from loadtests.measurement.percentiles import TAIL_REQUESTS

MARGIN = 1.1
"""Arrivals are random: somewhat fewer than planned may fall into a window."""


def make_probes(
    context: RunContext, plan: CapacityPlan, trials: Sequence[Trial], runtimes: Runtimes
) -> list[Probe]:
    """Make every probe that is still missing, storing each as it ends; return all probes."""
    probes = read_probes(context.folder)
    cells = {cell.name: cell for cell in context.run.cells}
    while planned := next_probe(context.run, plan, trials, probes):
        again = f", attempt {planned.attempt}" if planned.attempt > 1 else ""
        place = f"{planned.stage}, block {planned.block + 1}{again}"
        context.display.message(f"{planned.cell} at {planned.rate_per_s:g}/s ({place})")
        probes.append(make_probe(context, plan, cells[planned.cell], planned, runtimes))
        append_probe(context.folder, probes[-1])
        context.display.message(f"  {probe_outcome(probes[-1])}")
    return probes


def make_probe(
    context: RunContext, plan: CapacityPlan, cell: Cell, planned: PlannedProbe, runtimes: Runtimes
) -> Probe:
    """Make one probe: an open loop of *cell*, checked against the objective."""
    loaded = cell.model_copy(update={"load": Load(kind="open", rate_per_s=planned.rate_per_s)})
    wanted = PlannedTrial(planned.cell, planned.block, planned.attempt, planned.label)
    loads = TrialLoads(probe_timing(plan, planned.rate_per_s), context.run.seed)
    trial = make_trial(context, loaded, wanted, runtimes, loads)
    made = Probe(
        stage=planned.stage,
        rate_per_s=planned.rate_per_s,
        fraction=planned.fraction,
        backlog_growth=growth_of(context.folder, trial),
        sustained=False,
        reason=None,
        trial=trial,
    )
    return judged_probe(made, plan.slo, context.run.limits)


def judged_probe(probe: Probe, slo: Slo, limits: Limits) -> Probe:
    """Return *probe* with its outcome: spoiled by generator or machine, sustained, or why not."""
    spoiled = list(spoil_reasons(probe.trial, limits))
    misses = list(slo_misses(probe.trial, probe.backlog_growth, slo))
    reason = "; ".join([*spoiled, *misses]) or probe.trial.failure
    found = {"spoiled": bool(spoiled), "sustained": reason is None, "reason": reason}
    return probe.model_copy(update=found)


def probe_timing(plan: CapacityPlan, rate_per_s: float) -> Timing:
    """Return the length of a probe: long enough for its p99 to count, up to a bound."""
    enough_s = 100 * TAIL_REQUESTS * MARGIN / rate_per_s
    return Timing(plan.warm_up_s, max(plan.window_s, min(enough_s, plan.window_at_most_s)))


def growth_of(folder: Path, trial: Trial) -> float | None:
    """Return how fast the backlog of *trial* grew; None without samples."""
    start_ns, end_ns = trial.window_start_ns, trial.window_end_ns
    if trial.samples is None or start_ns is None or end_ns is None:
        return None
    return backlog_growth(np.load(folder / trial.samples), start_ns, end_ns)
