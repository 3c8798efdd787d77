"""Seeded choices: of a route by weight, of a user, of an amount."""

from bisect import bisect
from collections.abc import Mapping
from functools import lru_cache
from itertools import accumulate
from random import Random

LARGEST_AMOUNT = 1_000


@lru_cache
def zipf(users: int, skew: float) -> tuple[float, ...]:
    """Return the cumulated weights 1/rank^*skew* of *users* users; a skew of 0 makes all equally likely."""
    return tuple(accumulate(rank**-skew for rank in range(1, users + 1)))


class Draw:
    """The choices of sequence *sequence* under *seed*, over *users* users with Zipf exponent *skew*."""

    def __init__(self, seed: int, sequence: int, users: int, skew: float = 0.0) -> None:
        self.users = users
        self.skew = skew
        self._random = Random(f"{seed}/{sequence}")

    def route(self, weights: Mapping[str, int]) -> str:
        """Choose a route by its weight."""
        return self._random.choices(tuple(weights), tuple(weights.values()))[0]

    def user(self) -> int:
        """Choose the place of a user of the population."""
        ranks = zipf(self.users, self.skew)
        return bisect(ranks, self._random.random() * ranks[-1], hi=self.users - 1)

    def amount(self) -> int:
        """Choose an amount from a range so wide that an amount identifies an update."""
        return self._random.randint(1, LARGEST_AMOUNT)

    def chance(self, share: float) -> bool:
        """Return True in a *share* of the calls."""
        return self._random.random() < share
