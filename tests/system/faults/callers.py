"""Callers that repeat a request under the same key until it is answered, as a careful client does."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from uuid import uuid4

from tests.live_system import eventually
from tests.meanwhile import meanwhile
from tests.system.contract.asking import Answer, Asker, NoAnswer

REPEAT_AFTER_S = 0.02
ANSWERED_WITHIN_S = 60.0
UNANSWERED = frozenset({503, 504})


@dataclass
class Caller:
    """One user's calls, one after the other; each lasts until it is answered."""

    address: str
    asker: Asker = field(init=False)
    answered_at_s: list[float] = field(default_factory=list)
    repeats: int = 0

    def __post_init__(self) -> None:
        self.asker = Asker(self.address)

    def call(self, path: str, key: str) -> Answer:
        """Return the answer to a POST of *path*, asked under *key* as often as it takes."""
        deadline_s = time.monotonic() + ANSWERED_WITHIN_S
        while (answer := self._once(path, key)) is None:
            assert time.monotonic() < deadline_s, f"no answer to {path} in {ANSWERED_WITHIN_S:g} s"
            self.repeats += 1
            time.sleep(REPEAT_AFTER_S)
        self.answered_at_s.append(time.monotonic())
        return answer

    def _once(self, path: str, key: str) -> Answer | None:
        try:
            answer = self.asker.post(path, Idempotency_Key=key)
        except NoAnswer:
            return None
        return None if answer.status in UNANSWERED else answer


@dataclass
class Adder(Caller):
    """Adds 1 to the credit of a user of its own, over and over; *wrong* is what should not have been said."""

    user_id: str = ""
    wrong: list[Answer] = field(default_factory=list)

    def go_on(self) -> None:
        """Add 1; the answer must tell the sum of all that were answered."""
        answer = self.call(f"/users/credit/add/{self.user_id}/1", uuid4().hex)
        if answer.body != {"result": "success", "user_id": self.user_id, "credit": len(self.answered_at_s)}:
            self.wrong.append(answer)


@dataclass
class Creator(Caller):
    """Makes users, each under a key of its own."""

    ids: dict[str, str] = field(default_factory=dict)

    def go_on(self) -> None:
        """Make a user."""
        key = uuid4().hex
        self.ids[key] = self.call("/users/create", key).body["user_id"]


class Load:
    """Adders and creators that call at the same time, each from a thread of its own."""

    def __init__(self, address: str, adders: int, creators: int) -> None:
        self.adders = [Adder(address) for _ in range(adders)]
        self.creators = [Creator(address) for _ in range(creators)]
        self._over = threading.Event()
        self._died: list[BaseException] = []
        for adder in self.adders:
            adder.user_id = adder.asker.post("/users/create").body["user_id"]

    @property
    def callers(self) -> Sequence[Adder | Creator]:
        """All of them."""
        return [*self.adders, *self.creators]

    @contextmanager
    def calling(self) -> Iterator[None]:
        """Call until the block is left, and until each last call is answered."""
        with meanwhile(self._over, [partial(self._run, caller.go_on) for caller in self.callers]):
            yield
        assert not self._died, self._died

    def wait_for_answers(self, count: int) -> None:
        """Return once each caller has got *count* answers more than now."""
        wanted = [len(caller.answered_at_s) + count for caller in self.callers]
        eventually(lambda: self._died or all(map(_has, self.callers, wanted)))

    def longest_silence_s(self) -> float:
        """Return how long at most no caller was answered."""
        moments = sorted(moment for caller in self.callers for moment in caller.answered_at_s)
        return max((later - earlier for earlier, later in pairwise(moments)), default=0.0)

    def repeats(self) -> int:
        """Return how often a call had to be made again."""
        return sum(caller.repeats for caller in self.callers)

    def changed_answers(self) -> list[str]:
        """Repeat every create, and return a line for each that now tells another user."""
        return [
            f"{user_id} is now told as {again}"
            for creator in self.creators
            for key, user_id in creator.ids.items()
            if (again := creator.call("/users/create", key).body["user_id"]) != user_id
        ]

    def _run(self, go_on: Callable[[], None]) -> None:
        try:
            while not self._over.is_set():
                go_on()
        except BaseException as error:
            self._died.append(error)
            raise


@contextmanager
def load_on(address: str, adders: int = 16, creators: int = 2) -> Iterator[Load]:
    """Give callers that do not call yet, and close their connections in the end."""
    load = Load(address, adders, creators)
    try:
        yield load
    finally:
        for caller in load.callers:
            caller.asker.close()


def _has(caller: Caller, answers: int) -> bool:
    return len(caller.answered_at_s) >= answers


def imbalances(load: Load) -> list[str]:
    """Return a line for each user whose credit is not what was answered, and each id given out twice."""
    lines = [f"{adder.user_id} was told {adder.wrong[:3]}" for adder in load.adders if adder.wrong]
    for adder in load.adders:
        credit = adder.asker.get(f"/users/find/{adder.user_id}").body["credit"]
        if credit != len(adder.answered_at_s):
            lines.append(f"{adder.user_id} has {credit}, not {len(adder.answered_at_s)}")
    given = [user_id for creator in load.creators for user_id in creator.ids.values()]
    return [*lines, *(f"{user_id} was given out twice" for user_id in set(given) if given.count(user_id) > 1)]
