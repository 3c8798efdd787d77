"""Numbers in words: amounts, intervals, ratios, loads and lists, and the tables that hold them."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.results.judge.metrics import Metric
from benchmarks.results.store.schema import Load
from reports.run_summary import Interval


@dataclass(frozen=True)
class Table:
    """Column heads and rows of words; the first column names the row."""

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]


UNITS = {"1/s": "requests/s"}
NONE = "–"


def listed(names: Sequence[str]) -> str:
    """Return *names* as a list in words; of more than three, the first three and the number of the others."""
    if len(names) > 3:
        return f"{', '.join(names[:3])} and {len(names) - 3} other{'s' if len(names) > 4 else ''}"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def amount(value: float | None) -> str:
    """Return *value* with three significant digits, or a dash for None."""
    if value is None:
        return NONE
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def unit(metric: Metric) -> str:
    """Return the unit of *metric*."""
    return UNITS.get(metric.unit, metric.unit)


def interval_ends(interval: Interval | None) -> str:
    """Return the ends of *interval* as `low to high`, or nothing where it has none."""
    if interval is None or interval.low is None or interval.high is None:
        return ""
    return f"{amount(interval.low)} to {amount(interval.high)}"


def ratio_words(ratio: Interval | None) -> str:
    """Return the estimate of *ratio* as a factor, such as `10.3×`."""
    return NONE if ratio is None else f"{factor(ratio.estimate)}×"


def ratio_ends(ratio: Interval | None) -> str:
    """Return the ends of *ratio* as `low–high`, or nothing where it has none."""
    if ratio is None or ratio.low is None or ratio.high is None:
        return ""
    return f"{factor(ratio.low)}–{factor(ratio.high)}"


def factor(value: float) -> str:
    """Return a ratio with three significant digits, two below 0.1."""
    return f"{value:.2g}" if value < 0.1 else amount(value)


def load_words(load: Load) -> str:
    """Return *load* in words: users of a closed loop, or the rate of an open loop."""
    if load.kind == "closed":
        return f"{load.users} concurrent users"
    return f"{amount(load.rate_per_s)} requests/s"
