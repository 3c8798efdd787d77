"""How much load each cell bears before it misses the objective."""

from collections.abc import Sequence

from benchmarks.results.judge.blocks import mean_over_blocks
from benchmarks.results.store.schema import Probe
from reports.charts import rate_lines
from reports.charts.chart import Drawing
from reports.charts.values import Track
from reports.formatting import Table, amount
from reports.sample_summaries import SampleSummary
from reports.view import Page

EXPLANATION = (
    "Each dot is a rate at which requests were sent whether earlier ones were answered or not (open loop), "
    "and the time below which 99 % were answered, counted from the moment they were due. Filled: the "
    "objective was kept; hollow: it was missed. The dashed line is the objective, the dotted one a cell's "
    "capacity: the highest rate kept below every one that was missed."
)


def draw(page: Page, _digests: Sequence[SampleSummary]) -> Drawing | None:
    """Draw the response times of each cell by rate, where capacities were sought."""
    found = [one for cell in page.analysis.capacity if (one := track(page, cell)) is not None]
    plan = page.run.capacity
    if not found or plan is None:
        return None
    figure = rate_lines.draw(found, "requests sent per second", "response p99, ms", plan.slo.response_ms_p99)
    return Drawing("How much load it bears", EXPLANATION, figure, numbers(page.probes))


def track(page: Page, cell: str) -> Track | None:
    """Return the line of *cell*; None where no probe of it has a response time."""
    mine = [probe for probe in page.probes if probe.trial.cell == cell and probe.trial.response_ms]
    rates = sorted({probe.rate_per_s for probe in mine})
    if not rates:
        return None
    at = [[probe for probe in mine if probe.rate_per_s == rate] for rate in rates]
    return Track(
        name=cell,
        series=page.series(cell),
        rates_per_s=rates,
        response_ms=[response_ms_p99(probes) for probes in at],
        held=[all(probe.sustained for probe in probes) for probes in at],
        capacity_per_s=page.analysis.capacity[cell].capacity_per_s,
    )


def response_ms_p99(probes: Sequence[Probe]) -> float:
    """Return the geometric mean of the p99 of *probes*."""
    found = {place: one.trial.response_ms.p99 for place, one in enumerate(probes) if one.trial.response_ms}
    return mean_over_blocks(found) or 0.0


def numbers(probes: Sequence[Probe]) -> Table:
    """Return every probe, in the order in which they were made."""
    return Table(
        ["cell", "for", "requests/s sent", "p50 ms", "p99 ms", "answers", "objective"],
        [
            [one.trial.cell, one.stage, amount(one.rate_per_s), *_measured(one), one.reason or "kept"]
            for one in probes
        ],
    )


def _measured(probe: Probe) -> list[str]:
    response = probe.trial.response_ms
    if response is None:
        return [amount(None)] * 3
    return [amount(response.p50), amount(response.p99), f"{response.count:,}"]
