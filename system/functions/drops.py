"""Records that could neither be applied nor answered, by reason."""

import logging
from collections import Counter
from collections.abc import Mapping

_log = logging.getLogger(__name__)


class Drops:
    """Counts the records that were dropped, and logs each reason less and less often the more there are."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def count(self, reason: str, address: str) -> None:
        """Note that a record to the function with id *address* was dropped."""
        self._counts[reason] += 1
        dropped = self._counts[reason]
        if dropped & dropped - 1 == 0:  # 1, 2, 4, 8, ...: a flood of garbage does not become a flood of lines
            _log.warning("dropped a record to %.40r: %s (%d so far)", address, reason, dropped)

    def by_reason(self) -> Mapping[str, int]:
        """Return how many records were dropped for each reason."""
        return dict(self._counts)
