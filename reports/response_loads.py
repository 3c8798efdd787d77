"""The load in which each cell's response times were taken, in words."""

from benchmarks.results.judge.metrics import RESPONSE_TIMES, Metric
from benchmarks.results.store.schema import Cell
from reports.formatting import listed, load_words
from reports.run_summary import RunSummary


def common_load(summary: RunSummary) -> str:
    """Return ` at 260 requests/s` where response times come from open loops at one rate, else nothing."""
    rate = summary.run.open_rate_per_s
    return f" at {rate:,g} requests/s" if rate and summary.open_cells else ""


def is_exception(summary: RunSummary, cell: str) -> bool:
    """Return whether *cell* alone has its response times from a closed loop."""
    return bool(summary.open_cells) and cell not in summary.open_cells


def response_load_words(summary: RunSummary, cell: Cell) -> str:
    """Return the load in which the response times of *cell* were taken."""
    rate = summary.run.open_rate_per_s
    return f"{rate:,g} requests/s" if rate and cell.name in summary.open_cells else load_words(cell.load)


def closed_loop_note(summary: RunSummary, metric: Metric, cell: Cell) -> str:
    """Return a remark on a response time that is not of the common load."""
    if metric.name not in RESPONSE_TIMES or not is_exception(summary, cell.name):
        return ""
    return f"with {load_words(cell.load)}"


def exceptions(summary: RunSummary) -> str:
    """Return a sentence on the cells without an open loop; nothing where there are none."""
    names = [row.cell.name for row in summary.rows if is_exception(summary, row.cell.name)]
    if not names:
        return ""
    return (
        f" No open loop was made for {listed(names)}: the times are of its closed loop, and not comparable."
    )
