"""The scenario `hot-user`."""

from typing import ClassVar

from loadtests.scenarios.draw import Draw
from loadtests.scenarios.weighted import Weighted

DEFAULT_SKEW = 1.2


class HotUser(Weighted):
    """Choose few users most of the time, by Zipf's law: of 100 requests 40 credit, 40 add and 20 subtract.

    The exponent is the load's skew, by default 1.2; then the first user of 100 gets a quarter of them.
    """

    weights: ClassVar[dict[str, int]] = {"credit": 40, "add": 40, "subtract": 20}

    def __init__(self, draw: Draw) -> None:
        super().__init__(draw)
        draw.skew = draw.skew or DEFAULT_SKEW
