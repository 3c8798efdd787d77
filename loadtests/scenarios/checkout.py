"""The scenario `checkout`."""

from typing import ClassVar

from loadtests.scenarios.routes import PAYMENT, UserRoutes
from loadtests.scenarios.weighted import Weighted


class Checkout(Weighted):
    """Pay as the course benchmark's checkout does: of 100 requests 60 pay, 20 find and 20 add funds."""

    contract: ClassVar[UserRoutes] = PAYMENT
    weights: ClassVar[dict[str, int]] = {"payment-pay": 60, "payment-find": 20, "payment-add": 20}
