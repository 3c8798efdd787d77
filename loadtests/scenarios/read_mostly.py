"""The scenario `read-mostly`."""

from typing import ClassVar

from loadtests.scenarios.weighted import Weighted


class ReadMostly(Weighted):
    """Read far more often than write: of 100 requests 70 find, 25 credit and 5 add."""

    weights: ClassVar[dict[str, int]] = {"find": 70, "credit": 25, "add": 5}
