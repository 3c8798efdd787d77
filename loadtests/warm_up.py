"""When a closed loop has warmed up: two steps in a row that answered alike."""

from collections.abc import Sequence

STEPS = 2
"""A warm-up that is not extended has this many."""
DIFFERENCE = 0.05
"""Steps whose throughputs differ by less are alike."""


def is_steady(answered: Sequence[int]) -> bool:
    """Tell whether the last two steps answered alike; *answered* counts from the start to each step's end."""
    begin, middle, end = answered[-3:]
    return middle > begin and abs((end - middle) / (middle - begin) - 1) < DIFFERENCE
