"""The scenario `find`."""

from typing import ClassVar

from loadtests.scenarios.weighted import Weighted


class Find(Weighted):
    """Read users: 100 of 100 requests find, the shortest round trip."""

    weights: ClassVar[dict[str, int]] = {"find": 1}
