"""CPU time of each component per request, and the part of it that the component uses when idle."""

from collections.abc import Mapping, Sequence
from statistics import mean

from benchmarks.results.judge.metrics import COMPONENTS
from benchmarks.results.store.trial_schema import Trial
from reports.charts.chart import Chart
from reports.charts.stacked import StackedBar, draw_stacked_bars, stacked_numbers
from reports.run_summary import RunSummary
from reports.sample_summaries import SampleSummary

IDLE = ", idle"
"""Ending of the name of an idle part."""
EXPLANATION = (
    "CPU time of each component in the window of the highest throughput divided by the requests answered in "
    "it, as measured by the operating system; the load generator is not included. Lower is better. CPU time "
    "usually varies less between runs than throughput does."
)
WITH_IDLE = (
    " The paler part of a component is what it uses without any load, as measured before the first trial: at "
    "low throughput few requests share it."
)
WITHOUT_IDLE = " At low throughput, the idle CPU time of Kafka and Flink is a large part of it."


def draw(summary: RunSummary, _samples: Sequence[SampleSummary]) -> Chart | None:
    """Draw the CPU time per request of each component."""
    found = [
        StackedBar(
            name,
            cpu_parts(figures.cpu_ms_per_request, idle_fractions(summary.run.idle_cpu, name, summary.trials)),
        )
        for name, figures in summary.analysis.cells.items()
    ]
    bars = [bar for bar in found if bar.parts]
    if not bars:
        return None
    words = EXPLANATION + (WITH_IDLE if summary.run.idle_cpu else WITHOUT_IDLE)
    order = [part for name in COMPONENTS for part in (name, name + IDLE)]
    figure = draw_stacked_bars(bars, "CPU ms per request", order, lighter=IDLE)
    return Chart("CPU time per request", words, figure, stacked_numbers(bars, "CPU ms", order))


def cpu_parts(cpu_ms_per_request: Mapping[str, float], idle: Mapping[str, float]) -> dict[str, float]:
    """Return the components of the service in their fixed order, each divided by its *idle* fraction."""
    parts: dict[str, float] = {}
    for name in COMPONENTS:
        if name in cpu_ms_per_request:
            unused = cpu_ms_per_request[name] * idle.get(name, 0.0)
            parts[name] = cpu_ms_per_request[name] - unused
            parts |= {name + IDLE: unused} if unused else {}
    return parts


def idle_fractions(idle_cpu: Mapping[str, float], cell: str, trials: Sequence[Trial]) -> dict[str, float]:
    """Return component -> the fraction of its CPU time in *cell*'s windows that it uses without load."""
    valid = [trial for trial in trials if trial.cell == cell and trial.valid]
    found = {
        name: [
            min(1.0, idle * (trial.window_s or 0.0) / trial.usage[name].cpu_s)
            for trial in valid
            if name in trial.usage and trial.usage[name].cpu_s
        ]
        for name, idle in idle_cpu.items()
    }
    return {name: mean(fractions) for name, fractions in found.items() if fractions}
