"""The result of a run in one sentence."""

from collections.abc import Mapping

from benchmarks.results.judge.metrics import Metric
from benchmarks.results.store.schema import Run
from reports.formatting import amount, listed, unit
from reports.run_summary import BlocksByMetric, mean, ratio

BEST_BY = {"throughput": "has the highest throughput", "response p99": "has the lowest p99 response time"}


def headline(run: Run, metric: Metric, blocks: BlocksByMetric, ranked: Mapping[str, int]) -> str:
    """Return the best cell by *metric*, or the reason why there is none; *ranked* are the cells' ranks."""
    known = leaders(metric, blocks, ranked)
    if not known:
        return f"No verdict: none of the {len(run.cells)} cells has a valid trial and a balanced ledger."
    best, value = known[0]
    top = [name for name, _ in known if ranked[name] == ranked[best]]
    figure = f"{amount(value)} {unit(metric)}"
    compared = "" if run.reference in top else _compared(run, metric, blocks, best)
    if len(top) > 1:
        return (
            f"No single winner: no difference was shown between {listed(top)}, "
            f"the best of which has {figure}{compared}."
        )
    return f"{best} {BEST_BY.get(metric.name, 'is the best')}: {figure}{compared}."


def leaders(metric: Metric, blocks: BlocksByMetric, ranked: Mapping[str, int]) -> list[tuple[str, float]]:
    """Return name and mean of the ranked cells, the best first."""
    found = blocks.get(metric.name, {})
    known = [(name, value.estimate) for name in ranked if (value := mean(found.get(name, {}))) is not None]
    sign = -1 if metric.higher_is_better else 1
    return sorted(known, key=lambda one: (ranked[one[0]], sign * one[1]))


def _compared(run: Run, metric: Metric, blocks: BlocksByMetric, best: str) -> str:
    by_cell = blocks[metric.name]
    found = ratio(by_cell[best], by_cell[run.reference])
    if found is None:
        return ""
    return f", {amount(found.estimate)} times {run.reference}"
