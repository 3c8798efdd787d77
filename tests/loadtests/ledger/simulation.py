"""Simulation of a user service: requests overlap, and each is applied at one moment after its send."""

from dataclasses import dataclass, field
from random import Random

import numpy as np
from numpy.typing import NDArray

from loadtests.measurement.recorder import SampleRow
from tests.loadtests.rows import row, samples

OPENING = 500
USERS = 4
REQUESTS = 60
WEIGHTS = {"add": 30, "subtract": 30, "credit": 20, "find": 10, "create": 6, "remove": 4}


@dataclass
class SimulatedLoad:
    """The samples of a load, and the credits before and after it."""

    samples: NDArray[np.void]
    opening: dict[int, int]
    closing: dict[int, int | None]
    faulty: list[int]
    """The users of whom one update was lost or doubled."""


@dataclass
class Simulation:
    random: Random
    unanswered: float
    fault: int | None
    credits_: dict[int, int | None] = field(default_factory=lambda: dict.fromkeys(range(USERS), OPENING))
    known: list[int] = field(default_factory=lambda: list(range(USERS)))
    faulty: list[int] = field(default_factory=list)

    def request(self, number: int, moment: float) -> SampleRow:
        weights = WEIGHTS if self.fault is None else WEIGHTS | {"remove": 0}
        route = self.random.choices(tuple(weights), tuple(weights.values()))[0]
        user = self.random.choice(self.known)
        amount = self.random.randint(1, 100) if route in ("add", "subtract") else 0
        no_answer = self.random.random() < self.unanswered
        answer = (0, -1, -1) if no_answer and self.random.random() < 0.5 else self.apply(route, user, amount)
        status, user, credit = (self.random.choice((0, 504)), user, -1) if no_answer else answer
        if route == "create":
            user = -1 if no_answer else user
            self.known += [] if no_answer else [user]
        sent, ended = self.around(moment, no_answer=no_answer)
        answered = user if status in (200, 201) and route != "remove" else -1
        return row(
            number, route, user=user, amount=amount, status=status, credit=credit, sent=sent, ended=ended,
            answered=answered,
        )  # fmt: skip

    def around(self, moment: float, *, no_answer: bool) -> tuple[float, float]:
        """Return the send and the end of a request; one without an answer may be applied after its end."""
        sent = moment - self.random.random() * 20
        ended = moment + self.random.random() * 20
        return (sent, self.random.uniform(sent, ended)) if no_answer else (sent, ended)

    def apply(self, route: str, user: int, amount: int) -> tuple[int, int, int]:
        """Apply the request; return status, user and credit of the answer."""
        if route == "create":
            self.credits_[len(self.credits_)] = 0
            return 201, len(self.credits_) - 1, -1
        credit = self.credits_[user]
        if credit is None:
            return 404, user, -1
        if route == "remove":
            self.credits_[user] = None
            return 200, user, -1
        delta = -amount if route == "subtract" else amount
        if credit + delta < 0:
            return 400, user, -1
        self.credits_[user] = credit + delta * self.times(user, delta)
        return 200, user, credit + delta

    def times(self, user: int, delta: int) -> int:
        if self.fault is None or self.faulty or not delta:
            return 1
        self.faulty.append(user)
        return self.fault


def simulate(random: Random, unanswered: float = 0.0, fault: int | None = None) -> SimulatedLoad:
    """Simulate some requests; with *fault*, the first update is applied that often and no user removed."""
    service = Simulation(random, unanswered, fault)
    moments = sorted(random.random() * 200 for _ in range(REQUESTS))
    rows = [service.request(number, moment) for number, moment in enumerate(moments)]
    closing = {user: service.credits_[user] for user in service.known}
    return SimulatedLoad(samples(*rows), dict.fromkeys(range(USERS), OPENING), closing, service.faulty)
