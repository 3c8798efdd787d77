"""The scenario `credit`."""

from typing import ClassVar

from loadtests.scenarios.weighted import Weighted


class Credit(Weighted):
    """Write only: of 100 requests 55 add and 45 subtract. Credit grows, and some subtractions are refused."""

    weights: ClassVar[dict[str, int]] = {"add": 55, "subtract": 45}
