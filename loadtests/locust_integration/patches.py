"""Changes to Locust: its tables keep times to 0.01 ms, where its own rule keeps two digits."""

from typing import Any

import locust.stats
from locust.stats import StatsCSV, StatsEntry

FINE_BELOW_MS = 100


def keep_full_precision() -> None:
    """Replace Locust's rounding of percentiles, of the page's minimum and maximum, and in CSV files."""
    locust.stats.bucket_response_time = full_precision  # type: ignore[assignment]  # times may be fractions
    setattr(locust.stats, "proper_round", _to_hundredths)  # noqa: B010  # Locust does not export it
    StatsCSV._percentile_fields = _percentile_fields  # type: ignore[assignment, method-assign]


def full_precision(response_time: float) -> float:
    """Round a time in ms to 0.01 ms below 100 ms and to 0.1 ms above."""
    return round(response_time, 2 if response_time < FINE_BELOW_MS else 1)


def _to_hundredths(time: float, digits: int = 2) -> float:
    return round(time, max(digits, 2))


def _percentile_fields(table: StatsCSV, entry: StatsEntry, use_current: bool = False) -> list[Any]:  # noqa: FBT001, FBT002  # as Locust calls it
    """Return an entry's percentiles unchanged; Locust's own rule cuts their fractions off."""
    if not entry.num_requests:
        return list(table.percentiles_na)
    current = use_current and entry.use_response_times_cache
    percentile = entry.get_current_response_time_percentile if current else entry.get_response_time_percentile
    return [percentile(percent) or 0 for percent in table.percentiles_to_report]
