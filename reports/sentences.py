"""The report's words: the verdict in one sentence, and durations, ratios and counts as people read them."""

from benchmarks.results.analysis import Analysis, Comparison
from benchmarks.results.schema import Run


def verdict(run: Run, analysis: Analysis, against_best: list[Comparison], best: str | None) -> str:
    """Return what the run says in one sentence; *against_best* compares every cell with *best*."""
    if best is None:
        return f"No verdict: none of the {len(run.cells)} cells has a valid trial."
    contenders = [one.cell for one in against_best if one.verdict in ("unknown", "tie")]
    figure = amount(analysis.cells[best].throughput_per_s)
    if contenders:
        names = listed([best, *contenders])
        return f"No single winner: {names} cannot be told apart at the top, near {figure} requests/s."
    return f"{best} carries the most: {figure} requests/s{_times_reference(run, analysis, best)}."


def _times_reference(run: Run, analysis: Analysis, best: str) -> str:
    comparison = analysis.verdict(best)
    if comparison is None or comparison.interval is None:
        return ""
    return f", {comparison.interval.ratio:.3g} times {run.reference}"


def listed(names: list[str]) -> str:
    """Return *names* as a list in words, the first three and how many more there are."""
    if len(names) > 4:
        return f"{', '.join(names[:3])} and {len(names) - 3} more"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def amount(value: float | None) -> str:
    """Return *value* with three significant digits, or a dash where there is none."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def interval(low: float, high: float) -> str:
    """Return an interval as `low to high`."""
    return f"{amount(low)} to {amount(high)}"
