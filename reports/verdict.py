"""What a run says, in one sentence."""

from collections.abc import Sequence

from benchmarks.results.analysis import compare_all
from benchmarks.results.blocks import obstacle
from benchmarks.results.metrics import Metric
from benchmarks.results.schema import Run, Trial
from reports.estimates import BlocksByMetric, mean, ratio
from reports.sentences import amount, listed, unit

PRAISE = {"throughput": "carries the most", "response p99": "has the shortest tail"}


def sentence(run: Run, trials: Sequence[Trial], metric: Metric, blocks: BlocksByMetric) -> str:
    """Return who is the best by *metric*, or why nobody can be told to be."""
    known = leaders(run, trials, metric, blocks)
    if not known:
        return f"No verdict: none of the {len(run.cells)} cells has a valid trial and a balanced ledger."
    best, value = known[0]
    contenders = not_shown_worse(run, trials, metric, best)
    figure = f"{amount(value)} {unit(metric)}"
    if contenders:
        names = listed([best, *(name for name, _ in known if name in contenders)])
        beside = "" if run.reference in contenders else _times(run, metric, blocks, best)
        return f"No single winner: {names} cannot be told apart at the top, near {figure}{beside}."
    return f"{best} {PRAISE.get(metric.name, 'is the best')}: {figure}{_times(run, metric, blocks, best)}."


def leaders(
    run: Run, trials: Sequence[Trial], metric: Metric, blocks: BlocksByMetric
) -> list[tuple[str, float]]:
    """Return name and mean of the cells that have a right to a rank, the best first."""
    eligible = [cell.name for cell in run.cells if cell.twin_of is None and not obstacle(cell.name, trials)]
    found = blocks.get(metric.name, {})
    known = [(name, value.estimate) for name in eligible if (value := mean(found.get(name, {}))) is not None]
    return sorted(known, key=lambda one: one[1], reverse=metric.higher_is_better)


def not_shown_worse(run: Run, trials: Sequence[Trial], metric: Metric, best: str) -> set[str]:
    """Return the cells that may be as good as *best*."""
    compared = compare_all(run.model_copy(update={"reference": best}), trials, metric)
    return {one.cell for one in compared if one.verdict in ("unknown", "tie")}


def _times(run: Run, metric: Metric, blocks: BlocksByMetric, best: str) -> str:
    by_cell = blocks[metric.name]
    found = ratio(by_cell[best], by_cell[run.reference])
    if found is None or best == run.reference:
        return ""
    return f", {amount(found.estimate)} times {run.reference}"
