"""How long to wait before a component that died is started again."""

FIRST_S = 0.5
LONGEST_S = 10.0
HEALTHY_AFTER_S = 10.0
"""A component that was ready for this long counts as recovered: its next death is a first one again."""


def deaths_in_a_row(before: int, ready_for_s: float) -> int:
    """Return how many deaths, this one included, came without a healthy run between them."""
    return 1 if ready_for_s >= HEALTHY_AFTER_S else before + 1


def delay_s(deaths: int) -> float:
    """Return the wait after so many deaths in a row: none after the first, then doubling."""
    if deaths <= 1:
        return 0.0
    return min(LONGEST_S, FIRST_S * 2.0 ** min(deaths - 2, 10))
