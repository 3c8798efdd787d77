"""The common rate of a run's open loops, and the CPU time that its runtime uses when idle."""

import time
from collections.abc import Iterator
from math import floor, log10

from benchmarks.deployment import Runtime, Runtimes
from benchmarks.resource_usage import ProcessRoots, take_reading
from benchmarks.results.command_lines import Timing, is_loaded_openly, variant
from benchmarks.results.store.schema import Cell, OpenPlan, Run
from benchmarks.run_context import RunContext, discarded_trial
from benchmarks.trial import SERVICE

PILOT = Timing(warm_up_s=2, window_s=3)
PILOTS_AT_MOST = 3
IDLE_S = 2.0


def with_open_rate(context: RunContext, runtimes: Runtimes) -> Run:
    """Return the run of *context* with the rate of its open loops, found by a short closed loop if need be.

    The cell that is asked is the one with the fewest requests in flight, since it carries least; a pilot that
    fails is followed by one of the next cell. Of two versions each is asked, and the slower one sets the
    rate. Without any pilot the run goes on without open loops.
    """
    run = context.run
    if run.open is None or run.open_rate_per_s is not None:
        return run
    pilot_per_s = None if run.open.rate_per_s else slowest_pilot(context, runtimes)
    rate = common_rate(run.open, pilot_per_s)
    if rate is None:
        context.display.message("no cell could be loaded for a common rate; the run has no open loops")
    else:
        context.display.message(f"each open loop sends {rate:g} requests/s")
    return run.model_copy(update={"open_rate_per_s": rate, "pilot_per_s": pilot_per_s})


def common_rate(plan: OpenPlan, pilot_per_s: float | None) -> float | None:
    """Return the rate that *plan* gives, or that follows from the pilot's throughput, or None."""
    return plan.rate_per_s or (rounded_down(plan.fraction * pilot_per_s) if pilot_per_s else None)


def slowest_pilot(context: RunContext, runtimes: Runtimes) -> float | None:
    """Return the lowest throughput of one pilot per version; None where no pilot succeeds."""
    versions = dict.fromkeys(cell.version for cell in context.run.cells)
    found = [next(pilot_throughputs(context, runtimes, version), None) for version in versions]
    return min((throughput for throughput in found if throughput is not None), default=None)


def pilot_throughputs(context: RunContext, runtimes: Runtimes, version: str | None) -> Iterator[float]:
    """Yield the throughput of each pilot of a cell of *version* that succeeds."""
    run = context.run
    loaded = [cell for cell in run.cells if cell.twin_of is None and is_loaded_openly(run, cell)]
    cells = [cell for cell in loaded if cell.version == version]
    for cell in sorted(cells, key=lambda one: in_flight(run, one))[:PILOTS_AT_MOST]:
        context.display.message(f"looking for the common rate with {cell.name}")
        trial = discarded_trial(context, cell, "pilot", runtimes.get(variant(cell)), PILOT)
        if trial.valid and trial.throughput_per_s:
            yield trial.throughput_per_s


def in_flight(run: Run, cell: Cell) -> int:
    """Return how many requests of *cell* can wait at once."""
    settings = run.settings.get(cell.name)
    return settings.capacity if settings else cell.processes * cell.threads


def rounded_down(rate_per_s: float) -> float:
    """Return *rate_per_s* with two significant digits, rounded down."""
    unit = 10.0 ** (floor(log10(rate_per_s)) - 1)
    return float(f"{floor(rate_per_s / unit) * unit:.2g}")


def idle_cpu(runtime: Runtime) -> dict[str, float]:
    """Return CPU seconds per second of each component of *runtime* while nothing is asked of it."""
    service = {one.component: one.pids for one in runtime.components() if one.component in SERVICE}
    roots = ProcessRoots(service)
    before = take_reading(roots)
    time.sleep(IDLE_S)
    after = take_reading(roots)
    span_s = (after.at_ns - before.at_ns) / 1e9
    return {
        name: max(0.0, after.components[name].cpu_s - before.components[name].cpu_s) / span_s
        for name in before.components.keys() & after.components.keys()
    }
