"""Response time by throughput, for configurations that the run has under several loads."""

from collections.abc import Sequence

from benchmarks.results.judge.blocks import mean_over_blocks, valid_blocks
from benchmarks.results.judge.metrics import p99_ms
from benchmarks.results.store.trial_schema import Trial
from reports.charts.chart import Chart
from reports.charts.rate_lines import RateLine, draw_rate_lines
from reports.formatting import Table, amount
from reports.run_summary import CellRow, RunSummary
from reports.sample_summaries import SampleSummary

EXPLANATION = (
    "Each dot is one load: the requests answered per second, and their p99 response time. A line connects "
    "the loads of one configuration, the lightest first. Where it turns upwards, the configuration is "
    "saturated: more load adds waiting time and no throughput."
)


def draw(summary: RunSummary, _samples: Sequence[SampleSummary]) -> Chart | None:
    """Draw a line for each configuration that was measured under more than one load."""
    found = configurations(summary)
    lines = [rate_line(summary, rows) for rows in found if len(set(map(load_size, rows))) > 1]
    if not lines:
        return None
    figure = draw_rate_lines(lines, "requests answered per second", "response p99, ms")
    return Chart("Response time by load", EXPLANATION, figure, numbers(lines))


def own_p99_ms(summary: RunSummary, row: CellRow) -> float | None:
    """Return the p99 in the cell's own load, not in the open loop that follows it."""
    return mean_over_blocks(valid_blocks(summary.trials, row.cell.name, lambda trial: p99_ms(alone(trial))))


def alone(trial: Trial) -> Trial:
    """Return *trial* without its open loop."""
    return trial.model_copy(update={"open": None})


def configurations(summary: RunSummary) -> list[list[CellRow]]:
    """Return the measured rows of each configuration, which differ only in load, the lightest first."""
    found: dict[str, list[CellRow]] = {}
    for row in summary.rows:
        if row.cell.twin_of is None and row.values.get("throughput") and own_p99_ms(summary, row):
            alike = row.cell.model_dump_json(exclude={"name": True, "load": {"users", "rate_per_s"}})
            found.setdefault(alike, []).append(row)
    return [sorted(alike, key=load_size) for alike in found.values()]


def load_size(row: CellRow) -> float:
    """Return the number of users, or the rate, of the load on *row*."""
    return row.cell.load.users or row.cell.load.rate_per_s or 0


def rate_line(summary: RunSummary, rows: Sequence[CellRow]) -> RateLine:
    """Return the line of one configuration."""
    cell = rows[0].cell
    return RateLine(
        name=f"{cell.server} x {cell.client}",
        series=summary.series(cell.name),
        rates_per_s=[value.estimate for row in rows if (value := row.values["throughput"])],
        response_ms=[p99 for row in rows if (p99 := own_p99_ms(summary, row))],
        met=[True] * len(rows),
    )


def numbers(lines: Sequence[RateLine]) -> Table:
    """Return throughput and response time of each configuration under each load."""
    return Table(
        ["configuration", "requests/s answered", "response p99 ms"],
        [
            [one.name, amount(answered_per_s), amount(response_ms)]
            for one in lines
            for answered_per_s, response_ms in zip(one.rates_per_s, one.response_ms, strict=True)
        ],
    )
