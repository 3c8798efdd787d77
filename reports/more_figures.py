"""Tables of figures that decide nothing: routes, lag, deployment, context switches, speed by block."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import mean

from benchmarks.results.judge.blocks import mean_over_blocks, valid_blocks
from benchmarks.results.judge.metrics import COMPONENTS, answered_in_window, latency_load
from benchmarks.results.store.trial_schema import LoadFigures, Spread, Trial
from reports.formatting import NONE, Table, amount
from reports.machine_words import speed_table
from reports.response_loads import common_load, exceptions
from reports.run_summary import RunSummary

EXPLAINED_ROUTES = (
    "Median response time of each route{load}, geometric mean over the valid blocks, in ms. A failed request "
    "counts as infinitely long."
)
EXPLAINED_LAG = (
    "How late the generator sent a request, by its schedule, in ms; the worst valid block. A lag that is not "
    "small beside the response times means that the generator measured itself. In a closed loop a request is "
    "due when it is sent."
)
EXPLAINED_DEPLOY = "Seconds from the start of the endpoint until it was ready, over the valid trials."
EXPLAINED_SWITCHES = (
    "Context switches per request answered, in the window of each cell's own load: voluntary (a thread "
    "waits) / involuntary (it was interrupted); mean over the valid blocks."
)
EXPLAINED_SPEED = "Speed of the machine before and after the trials of each block, mean of the readings."


@dataclass(frozen=True)
class FigureTable:
    """A table with its title and what is in it."""

    title: str
    explanation: str
    table: Table


def more_figures(summary: RunSummary) -> list[FigureTable]:
    """Return the tables for which the run has figures."""
    load = common_load(summary)
    found = [
        FigureTable("Routes", EXPLAINED_ROUTES.format(load=load) + exceptions(summary), routes(summary)),
        FigureTable("Lag of the generator", EXPLAINED_LAG, lags(summary)),
        FigureTable("Deployment", EXPLAINED_DEPLOY, deployments(summary)),
        FigureTable("Context switches", EXPLAINED_SWITCHES, switches(summary)),
        FigureTable("Speed of the machine", EXPLAINED_SPEED, speed_table(summary.trials)),
    ]
    return [one for one in found if any(set(row[1:]) != {NONE} for row in one.table.rows)]


def per_cell(
    summary: RunSummary, heads: Sequence[str], words: Callable[[list[Trial]], Sequence[str]]
) -> Table:
    """Return one row per cell: *words* of its valid trials, below *heads*."""
    mine = {
        row.cell.name: [one for one in summary.trials if one.cell == row.cell.name and one.valid]
        for row in summary.rows
    }
    return Table(["cell", *heads], [[cell, *words(trials)] for cell, trials in mine.items()])


def routes(summary: RunSummary) -> Table:
    """Return the median response time of each route."""
    found = [load for trial in summary.trials if (load := latency_load(trial)) is not None]
    names = list(dict.fromkeys(route for load in found for route in load.by_route))
    return per_cell(
        summary,
        names,
        lambda trials: [amount(route_p50_ms(trials, route)) for route in names],
    )


def route_p50_ms(trials: Sequence[Trial], route: str) -> float | None:
    """Return the geometric mean over *trials* of the median response time of *route*."""

    def of(trial: Trial) -> float | None:
        load = latency_load(trial)
        return load.by_route[route].p50 if load and route in load.by_route else None

    return mean_over_blocks(valid_blocks(trials, trials[0].cell, of)) if trials else None


def lags(summary: RunSummary) -> Table:
    """Return the lag in each cell's own load and in its open loop."""

    def words(trials: list[Trial]) -> list[str]:
        opened = [trial.open for trial in trials if trial.open is not None]
        return [*lag_words(trials), *lag_words(opened)]

    names = ("own load p50", "p99", "largest", "open loop p50", "p99", "largest")
    return per_cell(summary, names, words)


def lag_words(loads: Sequence[LoadFigures]) -> list[str]:
    """Return median, p99 and largest lag of the worst of *loads* each."""
    spreads: list[Spread] = [load.lag_ms for load in loads if load.lag_ms is not None]
    if not spreads:
        return [NONE] * 3
    return [amount(max(of)) for of in zip(*((one.p50, one.p99, one.max) for one in spreads), strict=True)]


def deployments(summary: RunSummary) -> Table:
    """Return how long deployments took."""

    def words(trials: list[Trial]) -> list[str]:
        found = [trial.deploy_s for trial in trials if trial.deploy_s is not None]
        return [amount(of(found)) for of in (min, mean, max)] if found else [NONE] * 3

    return per_cell(summary, ("shortest s", "mean s", "longest s"), words)


def switches(summary: RunSummary) -> Table:
    """Return context switches per request of each component."""
    used = [name for name in COMPONENTS if any(name in trial.usage for trial in summary.trials)]

    def words(trials: list[Trial]) -> list[str]:
        found = [dict(switches_per_request(trial)) for trial in trials]
        return [_pair([one[name] for one in found if name in one]) for name in used]

    return per_cell(summary, used, words)


def switches_per_request(trial: Trial) -> Iterator[tuple[str, tuple[float, float]]]:
    """Yield component and its voluntary and involuntary switches per request answered."""
    answered = answered_in_window(trial)
    if answered:
        for name, usage in trial.usage.items():
            yield name, (usage.voluntary_switches / answered, usage.involuntary_switches / answered)


def _pair(values: Sequence[tuple[float, float]]) -> str:
    if not values:
        return NONE
    voluntary, involuntary = (mean(of) for of in zip(*values, strict=True))
    return f"{amount(voluntary)} / {amount(involuntary)}"
