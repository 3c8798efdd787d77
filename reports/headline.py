"""What a run says, in one sentence."""

from collections.abc import Mapping

from benchmarks.results.judge.metrics import Metric
from benchmarks.results.store.schema import Run
from reports.comparisons import BlocksByMetric, mean, ratio
from reports.formatting import amount, listed, unit

PRAISE = {"throughput": "carries the most", "response p99": "has the shortest tail"}


def sentence(run: Run, metric: Metric, blocks: BlocksByMetric, ranked: Mapping[str, int]) -> str:
    """Return who is the best by *metric*, or why nobody can be told to be; *ranked* are the cells' ranks."""
    known = leaders(metric, blocks, ranked)
    if not known:
        return f"No verdict: none of the {len(run.cells)} cells has a valid trial and a balanced ledger."
    best, value = known[0]
    top = [name for name, _ in known if ranked[name] == ranked[best]]
    figure = f"{amount(value)} {unit(metric)}"
    times = "" if run.reference in top else _times(run, metric, blocks, best)
    if len(top) > 1:
        return f"No single winner: {listed(top)} cannot be told apart at the top, near {figure}{times}."
    return f"{best} {PRAISE.get(metric.name, 'is the best')}: {figure}{times}."


def leaders(metric: Metric, blocks: BlocksByMetric, ranked: Mapping[str, int]) -> list[tuple[str, float]]:
    """Return name and mean of the cells that have a right to a rank, the best first."""
    found = blocks.get(metric.name, {})
    known = [(name, value.estimate) for name in ranked if (value := mean(found.get(name, {}))) is not None]
    sign = -1 if metric.higher_is_better else 1
    return sorted(known, key=lambda one: (ranked[one[0]], sign * one[1]))


def _times(run: Run, metric: Metric, blocks: BlocksByMetric, best: str) -> str:
    by_cell = blocks[metric.name]
    found = ratio(by_cell[best], by_cell[run.reference])
    if found is None:
        return ""
    return f", {amount(found.estimate)} times {run.reference}"
