"""Capacity of each cell: the highest rate that meets the objective."""

from collections.abc import Sequence

from benchmarks.results.judge.blocks import mean_over_blocks
from benchmarks.results.judge.capacity import inconclusive
from benchmarks.results.judge.metrics import p99_ms
from benchmarks.results.store.trial_schema import Probe
from reports.charts.chart import Chart
from reports.charts.rate_lines import RateLine, draw_rate_lines
from reports.formatting import Table, amount
from reports.run_summary import RunSummary
from reports.sample_summaries import SampleSummary

EXPLANATION = (
    "Each dot is a rate in an open loop, which sends requests on a schedule whether or not earlier ones were "
    "answered, and the p99 response time at that rate, from the scheduled start. Filled: the objective was "
    "met; hollow: it was missed. The dashed line is the objective. A dotted line is the capacity of a cell: "
    "the highest rate that met the objective below every rate that missed it."
)


def draw(summary: RunSummary, _samples: Sequence[SampleSummary]) -> Chart | None:
    """Draw the response times of each cell by rate, where the run has a capacity search."""
    lines = [line for cell in summary.analysis.capacity if (line := rate_line(summary, cell)) is not None]
    plan = summary.run.capacity
    if not lines or plan is None:
        return None
    figure = draw_rate_lines(lines, "requests sent per second", "response p99, ms", plan.slo.response_ms_p99)
    return Chart("Capacity", EXPLANATION, figure, numbers(summary.probes))


def rate_line(summary: RunSummary, cell: str) -> RateLine | None:
    """Return the line of *cell*; None where no probe of it has a response time."""
    measured = [
        probe
        for probe in summary.probes
        if probe.trial.cell == cell and probe.trial.response_ms and not inconclusive(probe)
    ]
    rates = sorted({probe.rate_per_s for probe in measured})
    if not rates:
        return None
    by_rate = [[probe for probe in measured if probe.rate_per_s == rate] for rate in rates]
    return RateLine(
        name=cell,
        series=summary.series(cell),
        rates_per_s=rates,
        response_ms=[response_ms_p99(probes) for probes in by_rate],
        met=[all(probe.sustained for probe in probes) for probes in by_rate],
        capacity_per_s=summary.analysis.capacity[cell].capacity_per_s,
    )


def response_ms_p99(probes: Sequence[Probe]) -> float:
    """Return the geometric mean of the p99 of *probes*."""
    found = {place: one.trial.response_ms.p99 for place, one in enumerate(probes) if one.trial.response_ms}
    return mean_over_blocks(found) or 0.0


def numbers(probes: Sequence[Probe]) -> Table:
    """Return every probe, in the order in which they ran."""
    return Table(
        ["cell", "stage", "requests/s sent", "p50 ms", "p99 ms", "answers", "objective"],
        [
            [one.trial.cell, one.stage, amount(one.rate_per_s), *_response_words(one), one.reason or "met"]
            for one in probes
        ],
    )


def _response_words(probe: Probe) -> list[str]:
    response = probe.trial.response_ms
    if response is None:
        return [amount(None)] * 3
    return [amount(response.p50), amount(p99_ms(probe.trial)), f"{response.count:,}"]
