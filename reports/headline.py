"""The result of a run in one sentence."""

from benchmarks.results.judge.metrics import Metric
from benchmarks.results.judge.ranks import Ranking
from benchmarks.results.store.schema import Run
from reports.formatting import amount, factor, listed, unit

BEST = {"throughput": "the highest throughput", "response p99": "the lowest p99 response time"}


def headline(run: Run, metric: Metric, ranking: Ranking) -> str:
    """Return the best cell by *metric*, or the reason why there is none; all of it is from *ranking*."""
    if not ranking.cells:
        return f"No verdict: none of the {len(run.cells)} cells has a valid trial and a balanced ledger."
    top, best = ranking.top(), BEST.get(metric.name, f"the best {metric.name}")
    if len(ranking.cells) == 1:
        return f"No comparison: only {top[0]} can be ranked, with {figure(metric, ranking)}."
    if len(top) == 1:
        return f"{top[0]} has {best}: {figure(metric, ranking)}{compared(run, ranking)}."
    if all_tied(ranking, run.smallest_difference):
        return f"No difference that matters: all {len(top)} cells are within {run.smallest_difference:.0%}."
    if len(top) == len(ranking.cells):
        return f"No verdict: this run is too noisy or too short to rank any of its {len(top)} cells."
    return (
        f"No single winner: each of {listed(top)} may have {best}; "
        f"the first measured {figure(metric, ranking)}{compared(run, ranking)}."
    )


def figure(metric: Metric, ranking: Ranking) -> str:
    """Return the figure of the best cell."""
    return f"{amount(float(ranking.estimates[0]))} {unit(metric)}"


def compared(run: Run, ranking: Ranking) -> str:
    """Return how many times the reference the best cell has, where it is shown to be better."""
    best = ranking.cells[0]
    if run.reference not in ranking.cells or not ranking.is_better(best, run.reference):
        return ""
    return f", {factor(ranking.interval(best, run.reference).ratio)} times {run.reference}"


def all_tied(ranking: Ranking, smallest_difference: float) -> bool:
    """Return whether every cell is shown to equal the best within the smallest difference that matters."""
    best, *others = ranking.cells
    return all(ranking.is_tie(best, other, smallest_difference) for other in others)
