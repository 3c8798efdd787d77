"""The scenario `find`."""

from typing import ClassVar

from loadtests.scenarios.weighted import Weighted


class Find(Weighted):
    """Read one user, over and over: of 100 requests 100 find, the shortest round trip there is."""

    weights: ClassVar[dict[str, int]] = {"find": 1}
