"""Callers that repeat a request with the same key until it is answered, as a careful client does."""

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
from tests.system.contract.client import Answer, NoAnswer, ServiceClient

REPEAT_AFTER_S = 0.02
ANSWER_TIMEOUT_S = 60.0
UNANSWERED = frozenset({503, 504})


@dataclass
class Caller:
    """Requests one after the other, each repeated until it is answered."""

    address: str
    client: ServiceClient = field(init=False)
    answered_at_s: list[float] = field(default_factory=list)
    repeats: int = 0

    def __post_init__(self) -> None:
        self.client = ServiceClient(self.address)

    def call(self, path: str, key: str) -> Answer:
        """Send a POST request with *key* until it is answered; return the answer."""
        deadline_s = time.monotonic() + ANSWER_TIMEOUT_S
        while (answer := self._once(path, key)) is None:
            assert time.monotonic() < deadline_s, f"no answer to {path} in {ANSWER_TIMEOUT_S:g} s"
            self.repeats += 1
            time.sleep(REPEAT_AFTER_S)
        self.answered_at_s.append(time.monotonic())
        return answer

    def _once(self, path: str, key: str) -> Answer | None:
        try:
            answer = self.client.post(path, Idempotency_Key=key)
        except NoAnswer:
            return None
        return None if answer.status in UNANSWERED else answer


@dataclass
class Adder(Caller):
    """Adds 1 to the credit of its own user repeatedly; *wrong* has the incorrect answers."""

    user_id: str = ""
    wrong: list[Answer] = field(default_factory=list)

    def step(self) -> None:
        """Add 1; the answer must have the sum of all answered additions."""
        answer = self.call(f"/users/credit/add/{self.user_id}/1", uuid4().hex)
        if answer.body != {"result": "success", "user_id": self.user_id, "credit": len(self.answered_at_s)}:
            self.wrong.append(answer)


@dataclass
class Creator(Caller):
    """Creates users, each with a new key."""

    ids: dict[str, str] = field(default_factory=dict)

    def step(self) -> None:
        """Create a user."""
        key = uuid4().hex
        self.ids[key] = self.call("/users/create", key).body["user_id"]


class Load:
    """Adders and creators that call at the same time, one thread each."""

    def __init__(self, address: str, adders: int, creators: int) -> None:
        self.adders = [Adder(address) for _ in range(adders)]
        self.creators = [Creator(address) for _ in range(creators)]
        self._over = threading.Event()
        self._died: list[BaseException] = []
        for adder in self.adders:
            adder.user_id = adder.client.post("/users/create").body["user_id"]

    @property
    def callers(self) -> Sequence[Adder | Creator]:
        """All callers."""
        return [*self.adders, *self.creators]

    @contextmanager
    def calling(self) -> Iterator[None]:
        """Call during the block, and until the last call of each caller is answered."""
        with meanwhile(self._over, [partial(self._run, caller.step) for caller in self.callers]):
            yield
        assert not self._died, self._died

    def wait_for_answers(self, count: int) -> None:
        """Wait until each caller has *count* more answers."""
        wanted = [len(caller.answered_at_s) + count for caller in self.callers]
        eventually(lambda: self._died or all(map(_has_answers, self.callers, wanted)))

    def longest_silence_s(self) -> float:
        """Return the longest time in which no caller got an answer."""
        moments = sorted(moment for caller in self.callers for moment in caller.answered_at_s)
        return max((later - earlier for earlier, later in pairwise(moments)), default=0.0)

    def repeats(self) -> int:
        """Return the number of repeats."""
        return sum(caller.repeats for caller in self.callers)

    def changed_answers(self) -> list[str]:
        """Repeat every create; return a line for each that now returns another user."""
        return [
            f"{user_id} is now {again}"
            for creator in self.creators
            for key, user_id in creator.ids.items()
            if (again := creator.call("/users/create", key).body["user_id"]) != user_id
        ]

    def _run(self, step: Callable[[], None]) -> None:
        try:
            while not self._over.is_set():
                step()
        except BaseException as error:
            self._died.append(error)
            raise


@contextmanager
def load_on(address: str, adders: int = 16, creators: int = 2) -> Iterator[Load]:
    """Yield callers that do not call yet, and close their connections in the end."""
    load = Load(address, adders, creators)
    try:
        yield load
    finally:
        for caller in load.callers:
            caller.client.close()


def _has_answers(caller: Caller, answers: int) -> bool:
    return len(caller.answered_at_s) >= answers


def imbalances(load: Load) -> list[str]:
    """Return a line for each user whose credit does not match the answers, and each id assigned twice."""
    lines = [f"{adder.user_id} got {adder.wrong[:3]}" for adder in load.adders if adder.wrong]
    for adder in load.adders:
        credit = adder.client.get(f"/users/find/{adder.user_id}").body["credit"]
        if credit != len(adder.answered_at_s):
            lines.append(f"{adder.user_id} has {credit}, not {len(adder.answered_at_s)}")
    assigned = [user_id for creator in load.creators for user_id in creator.ids.values()]
    return [
        *lines,
        *(f"{user_id} was assigned twice" for user_id in set(assigned) if assigned.count(user_id) > 1),
    ]
